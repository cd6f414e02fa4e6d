"""The lock of the one writer."""

import contextlib
import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from ingest.foundation.clock import now
from ingest.foundation.errors import LockHeld, WarehouseError
from ingest.foundation.settings import Settings


class _ProcessLock:
    """What this process holds of one lock file."""

    def __init__(self) -> None:
        self.thread_lock = threading.RLock()
        self.depth = 0
        self.descriptor = -1


_process_locks: dict[Path, _ProcessLock] = {}
_process_locks_guard = threading.Lock()


@contextlib.contextmanager
def writer_lock(settings: Settings, purpose: str) -> Iterator[None]:
    """Hold the lock of the one writer of this warehouse; waits at most `lock_wait_seconds`.

    The kernel releases it when the holder dies. Within the thread that holds it, it may be taken again.
    `purpose` says what the holder does, for whoever waits. Raises LockHeld naming the holder on time-out.
    """
    path = settings.lock_path
    with _process_locks_guard:
        held = _process_locks.setdefault(path, _ProcessLock())
    deadline = time.monotonic() + settings.lock_wait_seconds
    if not held.thread_lock.acquire(timeout=settings.lock_wait_seconds):
        raise _lock_is_held(settings, purpose)
    try:
        if held.depth == 0:
            held.descriptor = _acquire(settings, purpose, deadline)
        held.depth += 1
        try:
            yield
        finally:
            held.depth -= 1
            if held.depth == 0:
                os.ftruncate(held.descriptor, 0)
                os.close(held.descriptor)
                held.descriptor = -1
    finally:
        held.thread_lock.release()


def _acquire(settings: Settings, purpose: str, deadline: float) -> int:
    path = settings.lock_path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise WarehouseError(
            f"{path} could not be opened: {error.strerror}. Nothing was changed. "
            "Make the warehouse's home folder writable, or choose another with --home."
        ) from None
    try:
        while True:
            try:
                # flock, not lockf: a POSIX lock is lost as soon as this process closes any descriptor of the
                # file, and `lock_holder` opens one.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise _lock_is_held(settings, purpose) from None
                time.sleep(0.05)
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "what": purpose,
            "since": now().isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, (json.dumps(holder) + "\n").encode(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def lock_holder(settings: Settings) -> dict[str, str] | None:
    """Who holds the writer lock now (pid, host, what, since), or None if nobody does."""
    try:
        descriptor = os.open(settings.lock_path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            try:
                holder = json.loads(os.pread(descriptor, 65_536, 0))
                return {key: str(value) for key, value in holder.items()}
            except (ValueError, AttributeError):
                return {"pid": "unknown", "host": "unknown", "what": "unknown", "since": "unknown"}
        return None
    finally:
        os.close(descriptor)


def _lock_is_held(settings: Settings, purpose: str) -> LockHeld:
    holder = lock_holder(settings) or {}
    described = ", ".join(f"{key} {value}" for key, value in holder.items()) or "it was released just now"
    return LockHeld(
        f"{purpose}: another run is writing to {settings.home} ({described}). Waited "
        f"{settings.lock_wait_seconds:g} seconds; nothing was changed. Run the command again when it has "
        f"finished "
        "(setting lock_wait_seconds waits longer)."
    )
