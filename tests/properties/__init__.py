"""Random histories of a platform, and the properties that must hold over them."""
