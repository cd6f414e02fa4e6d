"""The private DuckDB build file: opening it, the tables landing needs, and the lock of the one writer."""

import contextlib
import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.errors import LockHeld, WarehouseError
from ingest.feeds import FEEDS
from ingest.settings import Settings

_LEDGER_TABLES = (
    """create table if not exists raw.batches (
        batch_id varchar, feed varchar, source_name varchar, source_kind varchar, content_hash varchar,
        byte_count bigint, status varchar, rejected_reason varchar, rows_read bigint, rows_accepted bigint,
        rows_quarantined bigint, unknown_columns varchar, first_landing_seq bigint, last_landing_seq bigint,
        source_time_zone varchar, landed_at timestamp, source_layout varchar, retry_of_batch_id varchar
    )""",
    """create table if not exists raw.quarantine (
        quarantine_id varchar, batch_id varchar, feed varchar, line bigint, reason varchar, detail varchar,
        raw_text varchar, quarantined_at timestamp, released_at timestamp, released_by_batch_id varchar
    )""",
    "create table if not exists meta.watermarks (feed varchar, published_seq bigint)",
)


def quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def open_build(settings: Settings, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the build file, in UTC, without extensions from the network.

    Makes the file and all landing tables if they are missing, unless `read_only`. Writers hold `writer_lock`.
    Raises WarehouseError when another process has the file open or it cannot be opened.
    """
    path = settings.build_path
    try:
        if not read_only:
            # Raw holds personal data (CONTRACT R20): for the owner's eyes only.
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = duckdb.connect(str(path), read_only=read_only)
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(
            f"{path} could not be opened: {error}\nNothing was changed. If another program has it open, "
            f"close it "
            "and run the command again; read figures from the published file instead."
        ) from None
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set autoinstall_known_extensions = false")
        if not read_only:
            _create_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("begin")
    connection.execute("create schema if not exists raw")
    connection.execute("create schema if not exists meta")
    for statement in _LEDGER_TABLES:
        connection.execute(statement)
    for feed in FEEDS.values():
        columns = ", ".join(f"{quote_identifier(name)} varchar" for name in feed.column_names)
        connection.execute(
            f"create table if not exists raw.{feed.name} "
            f"({columns}, _landing_seq bigint, _batch_id varchar, _line bigint, _extra varchar)"
        )
        connection.execute(
            "insert into meta.watermarks select ?, 0 where not exists (from meta.watermarks where feed = ?)",
            [feed.name, feed.name],
        )
    connection.execute("commit")


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
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
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
