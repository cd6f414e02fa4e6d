"""The raw rows behind a published figure."""
