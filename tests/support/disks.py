"""Small disks, mounted over a folder with what it holds. Only root may; tests that use them are marked `mounts`."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def small_disk(folder: Path, room: int) -> Iterator[None]:
    """In the block `folder` is a disk of its own with `room` bytes free; afterwards it is the folder it was, with its files."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as aside:
        shutil.copytree(folder, aside, dirs_exist_ok=True)
        size = sum(path.stat().st_size for path in folder.rglob("*")) + room + 10_000_000
        _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder))
        filler = folder / ".filler"
        try:
            shutil.copytree(aside, folder, dirs_exist_ok=True)
            free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            filler.write_bytes(b"x" * (free - room))
            yield
            filler.unlink(missing_ok=True)
            shutil.rmtree(aside)
            shutil.copytree(folder, aside)
        finally:
            _run("umount", str(folder))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(aside, folder, dirs_exist_ok=True)


@contextlib.contextmanager
def read_only_disk(folder: Path) -> Iterator[None]:
    """In the block nothing below `folder` can be written, whoever tries."""
    with small_disk(folder, room=0):
        _run("mount", "-o", "remount,ro", str(folder))
        yield
        _run("mount", "-o", "remount,rw", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
