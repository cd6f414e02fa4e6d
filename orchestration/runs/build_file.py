"""The private DuckDB build file: every table that is made from raw, with the raw file attached for reading."""

from contextlib import closing
from pathlib import Path

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.database import connect
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.settings import Settings
from ingest.raw.raw_file import CATALOG, attach_raw, has_raw, is_up_to_date, open_raw


def open_build(
    settings: Settings,
    path: Path | None = None,
    *,
    read_only: bool = False,
    wait_seconds: float | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection to the build file, or to the one at `path`, in which `raw.…` are the tables of the raw file, read-only.

    Makes both files if they are missing, unless `read_only`; writers hold `writer_lock`. Waits at most `wait_seconds`
    (default: the setting `lock_wait_seconds`) for whoever has one open. Raises WarehouseError when they still have, or when a
    file cannot be opened.
    """
    path = path or settings.build_path
    # Before it is open here: rows that an earlier version kept in it are moved.
    is_landed = has_raw(settings)
    if not read_only:
        _make_folder(path)
        if not is_landed:
            open_raw(settings).close()
    connection = connect(settings, path, read_only=read_only, wait_seconds=wait_seconds)
    try:
        attach_raw(settings, connection, wait_seconds=wait_seconds)
        if not read_only and not is_up_to_date(connection):
            (current,) = fetch_rows(connection, "select current_database()")[0]
            connection.execute(f"use {current}.main")
            connection.execute(f"detach {CATALOG}")
            open_raw(settings).close()
            attach_raw(settings, connection, wait_seconds=wait_seconds)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_folder(path: Path) -> None:
    try:
        # Facts name customers: for the owner's eyes only.
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WarehouseError(
            f"{error.filename} could not be opened: {error.strerror}. Nothing was changed. Make the warehouse's home folder "
            "writable, or choose another with --home."
        ) from None


def give_up(path: Path) -> None:
    """Make way for another file at `path`: one that can be opened is removed, a damaged one stays beside, as `damaged-…`.

    A build file that can be opened holds nothing that the raw file does not give.
    """
    log = path.with_name(f"{path.name}.wal")
    if not path.exists() and not log.exists():
        return
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            fetch_rows(connection, "select 1 from duckdb_tables() limit 1")
        path.unlink()
        log.unlink(missing_ok=True)
    except duckdb.Error:
        put_aside(path)


def put_aside(path: Path) -> None:
    """Keep a file that is no database any more, and a log that belongs to a lost one, under another name."""
    log = path.with_name(f"{path.name}.wal")
    kept = path.with_name(f"damaged-{utc_now():%Y%m%dT%H%M%S%f}{path.suffix}")
    for found, name in ((path, kept), (log, kept.with_name(f"{kept.name}.wal"))):
        if found.exists():
            found.rename(name)
