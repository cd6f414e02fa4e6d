"""Environments of BI clients: made at first use below the user's cache folder, kept, and used again.

An environment is complete when its stamp names what it was asked for; otherwise it is made anew. The packages
come through pip and npm as they are set up on this machine.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STAMP = "installed.txt"


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/daigou-warehouse-clients`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "daigou-warehouse-clients"


def python_environment(name: str, requirements: tuple[str, ...]) -> Path:
    """The interpreter of a virtual environment with `requirements`. Raises CalledProcessError."""

    def make(folder: Path) -> None:
        # The environment needs no pip of its own: the one that runs this installs into it.
        run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
        run([*pip, "install", "--quiet", "--disable-pip-version-check", *requirements])

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return _environment(f"{name}-python{version}", requirements, make) / "bin" / "python"


def node_environment(name: str, packages: tuple[str, ...]) -> Path:
    """A folder whose `node_modules` holds `packages`. Raises CalledProcessError."""

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), *packages])

    return _environment(f"{name}-node", packages, make)


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _environment(name: str, wanted: tuple[str, ...], make: Callable[[Path], None]) -> Path:
    folder = cache_folder() / name
    stamp = folder / STAMP
    text = "\n".join(wanted) + "\n"
    with _one_maker(folder):
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != text:
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            stamp.write_text(text, encoding="utf-8")
    return folder


@contextmanager
def _one_maker(folder: Path) -> Iterator[None]:
    """Two test runs on one machine do not make the same environment at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
