"""Programs from Debian that some tests run for real, and which tests are left out where they are not installed."""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

CHROMIUM = "chromium"
# What a test with this marker starts.
NEEDED = {
    "servers": ("initdb", "postgres", "mariadbd", "mariadb-install-db"),
    "browser": (CHROMIUM,),
    "mounts": ("mount", "umount"),
}
HOW_TO_INSTALL = "sudo bash .ci/install-debian"
# Debian keeps servers' programs outside the usual search path.
_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/sbin", "usr/local/sbin")


def find_program(name: str) -> str | None:
    """Where a program stands, None if it is not installed."""
    if found := shutil.which(name):
        return found
    for folder in _FOLDERS:
        for path in sorted(Path("/").glob(f"{folder}/{name}"), reverse=True):
            return str(path)
    return None


def missing_by_marker(find: Callable[[str], str | None] = find_program) -> dict[str, tuple[str, ...]]:
    """Markers whose tests cannot run here, with the programs, or the rights, they miss."""
    missing = {
        marker: tuple(name for name in names if find(name) is None) for marker, names in NEEDED.items()
    }
    if os.geteuid() != 0:
        missing["mounts"] = ("root",)
    return {marker: names for marker, names in missing.items() if names}


def parted(
    items: Sequence[pytest.Item], missing: Iterable[str]
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """(tests that can run, tests left out for want of the programs of a marker in `missing`)."""
    unmet = set(missing)
    left = [item for item in items if any(marker.name in unmet for marker in item.iter_markers())]
    return [item for item in items if item not in left], left


def left_out_lines(names: Sequence[str], missing: dict[str, tuple[str, ...]]) -> list[str]:
    """What is said of the tests left out, for people."""
    wanted = ", ".join(sorted({name for names in missing.values() for name in names}))
    return [
        f"{len(names)} tests were left out, because these programs are not installed: {wanted}.",
        *(f"  {name}" for name in sorted(names)),
        f"To run them too: {HOW_TO_INSTALL}",
    ]
