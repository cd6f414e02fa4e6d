"""Opening DuckDB files: one way for all of them, waiting a bounded time for whoever has one open."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from ingest.foundation.errors import LockHeld, WarehouseError
from ingest.foundation.faults import advice, said
from ingest.foundation.fetch import fetch_value
from ingest.foundation.lock import lock_holder
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text

# What DuckDB says of a file that another process, or another connection of this one, has open in another way.
_IN_USE = ("Could not set lock", "different configuration", "Unique file handle conflict")
# How the warehouse's own files are written, which nothing opens but this version of DuckDB: less work than the form that older
# clients read, in which the public file is.
STORAGE_VERSION = "v1.5.0"
_LEAST_BYTES = 1_000_000_000
_Result = TypeVar("_Result")


def connect(
    settings: Settings, path: Path, *, read_only: bool = False, wait_seconds: float | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to a database file, in UTC, without extensions from the network; makes the file unless `read_only`.

    Waits at most `wait_seconds` (default: the setting `lock_wait_seconds`) for whoever has it open. Raises LockHeld when they
    still have, naming them, and WarehouseError when it cannot be opened.
    """

    def open_file() -> duckdb.DuckDBPyConnection:
        if not read_only and not path.exists():
            with duckdb.connect(":memory:") as maker:
                attach_new(maker, path, "made")
        return duckdb.connect(str(path), read_only=read_only)

    connection = _waiting(settings, path, open_file, wait_seconds=wait_seconds)
    try:
        _configure(settings, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def attach_new(
    connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, storage_version: str = STORAGE_VERSION
) -> None:
    """Make a file, unless told otherwise in the form of the warehouse's own, and attach it."""
    connection.execute(
        f"attach {quote_text(str(path))} as {quote_identifier(alias)} (storage_version {quote_text(storage_version)})"
    )


def in_memory(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection to no file, set up as those of `connect`."""
    connection = duckdb.connect(":memory:")
    _configure(settings, connection)
    # Beside a file DuckDB writes what does not fit into memory beside it; without one it would be the current folder.
    connection.execute(f"set temp_directory = {quote_text(str(settings.build_path.parent / 'spill'))}")
    return connection


def _configure(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set autoinstall_known_extensions = false")
    # Where no terminal is, DuckDB may take it for one and draw between what a run tells.
    connection.execute("set enable_progress_bar = false")
    _limit_memory(settings, connection)


def _limit_memory(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """By the setting; without it to as much as makes no run slower, unless DuckDB's own limit, most of the machine's, is less."""
    limit = settings.memory_limit
    if limit is None:
        enough = _LEAST_BYTES + (settings.raw_path.stat().st_size if settings.raw_path.exists() else 0)
        if enough >= fetch_value(connection, "select parse_formatted_bytes(current_setting('memory_limit'))"):
            return
        limit = f"{enough}B"
    connection.execute(f"set memory_limit = {quote_text(limit)}")


def attach(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    alias: str,
    *,
    wait_seconds: float | None = None,
) -> None:
    """Attach a database file for reading; waits and raises as `connect` does."""
    statement = f"attach {quote_text(str(path))} as {quote_identifier(alias)} (read_only)"
    _waiting(settings, path, lambda: connection.execute(statement), wait_seconds=wait_seconds)


def is_in_use(error: Exception) -> bool:
    """Whether DuckDB refused a file because somebody else has it open."""
    return any(said in str(error) for said in _IN_USE)


def _waiting(
    settings: Settings, path: Path, open_file: Callable[[], _Result], *, wait_seconds: float | None
) -> _Result:
    waiting = settings.lock_wait_seconds if wait_seconds is None else wait_seconds
    deadline = time.monotonic() + waiting
    while True:
        try:
            return open_file()
        except (duckdb.Error, OSError) as error:
            if not is_in_use(error):
                raise WarehouseError(
                    f"{path} could not be opened: {said(error)}.\nNothing was changed. Published figures stay readable. "
                    f"{advice(error)}"
                ) from None
            if time.monotonic() >= deadline:
                raise _still_in_use(settings, path, waiting, error) from None
            time.sleep(0.05)


def _still_in_use(settings: Settings, path: Path, waiting: float, error: Exception) -> LockHeld:
    holder = lock_holder(settings)
    by = (
        ", ".join(f"{key} {value}" for key, value in holder.items())
        if holder
        else str(error).partition("Conflicting lock is held in ")[2].partition(". ")[0] or "this program"
    )
    return LockHeld(
        f"{path} could not be opened: it is in use ({by}). Waited {waiting:g} seconds; nothing was changed. Published "
        "figures stay readable; run the command again when that has finished (setting lock_wait_seconds waits longer)."
    )
