"""The version of this program, as installed."""

from importlib import metadata

DISTRIBUTION = "daigou-warehouse"


def program_version() -> str:
    """Such as `0.1.0`."""
    return metadata.version(DISTRIBUTION)
