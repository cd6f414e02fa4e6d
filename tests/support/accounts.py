"""Doing something without the rights of root, who may read and write everything."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# nobody, nogroup on Debian.
_NOBODY = 65534


def become_nobody() -> None:
    """This process is nobody from here on, if it is root."""
    if os.geteuid() == 0:
        os.setegid(_NOBODY)
        os.seteuid(_NOBODY)


def give_to_nobody(folder: Path) -> None:
    """All below a folder belongs to nobody, if this process is root."""
    if os.geteuid() == 0:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """In the block this process is nobody, if it is root; else it stays who it is."""
    if os.geteuid() != 0:
        yield
        return
    become_nobody()
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextlib.contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """A temporary folder that the account of `without_rights` owns and can reach."""
    with tempfile.TemporaryDirectory(prefix="warehouse-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        yield folder
        # What was closed on purpose must not keep it from being removed.
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
