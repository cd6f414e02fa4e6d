"""The container image, without a builder of images."""
