"""Holding the writer lock of a warehouse from somewhere else."""

import contextlib
import threading
from collections.abc import Iterator

from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings


@contextlib.contextmanager
def held_lock(settings: Settings, purpose: str) -> Iterator[None]:
    """Another thread holds the lock, as another process would."""
    is_held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with writer_lock(settings, purpose):
            is_held.set()
            release.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert is_held.wait(10)
        yield
    finally:
        release.set()
        holder.join()
