"""Who runs this, for the ledger."""

import getpass
import os


def account() -> str:
    """The account of the operating system that runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
