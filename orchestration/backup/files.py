"""Files that are whole or not there: written aside, on the disk, for the owner's eyes only, then renamed."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.foundation.disk import sync

ASIDE_PREFIX = ".writing-"


def write_aside(target: Path, write: Callable[[Path], Any], *, mode: int = 0o600) -> None:
    """Let `write` make a file beside `target`, then rename it into place. Folders are made for the owner only."""
    for folder in reversed(target.parents):
        if not folder.exists():
            folder.mkdir(mode=0o700)
    aside = target.with_name(ASIDE_PREFIX + target.name)
    # Made before it is filled, so that it is nobody else's to read at any moment.
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        write(aside)
        aside.chmod(mode)
        sync(aside)
        os.replace(aside, target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(target.parent)


def checksum(path: Path) -> str:
    """SHA-256 of a file's content, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prune(folder: Path, kept: set[Path]) -> None:
    """Remove all files below `folder` that are not `kept`, and the folders this leaves empty."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()
