"""Homes that take long to make: one a run of the tests, copied for each worker."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A copy, this worker's own, of the folder that `make` makes: by the first worker that asks, while the others wait."""
    base = factory.getbasetemp()
    # The workers of one run have neighbouring folders.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = shared / f"made-{name}"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = shared / f"unfinished-{name}"
            make(unfinished)
            unfinished.rename(made)
    own = factory.mktemp(name) / "home"
    shutil.copytree(made, own)
    return own
