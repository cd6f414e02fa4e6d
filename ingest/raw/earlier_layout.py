"""Homes of earlier versions kept raw rows in the build file: they are moved into the raw file once.

A move that is killed is repeated: until the raw file is in place the build file has everything, and after that only what is
in both is dropped from it.
"""

import os
from contextlib import closing
from pathlib import Path

import duckdb

from ingest.foundation.database import attach_new, connect
from ingest.foundation.disk import sync
from ingest.foundation.errors import LockHeld, WarehouseError
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text

# Besides schema raw, what of schema meta was landing's.
RAW_IN_META = ("cursors", "cursor_rows")
_ASIDE = "moving.duckdb"
# Stands in the folder as long as the build file may still have what was moved.
_MARK = "moving"


def is_earlier_layout(settings: Settings) -> bool:
    """Whether the build file may hold raw rows."""
    folder = settings.raw_path.parent
    return settings.build_path.exists() and (not settings.raw_path.exists() or (folder / _MARK).exists())


def take_over_earlier_layout(settings: Settings) -> None:
    """Move raw rows and cursors of the build file, if it has any; the caller holds the writer lock.

    Raises WarehouseError when the disk refuses, or when both files hold landings that differ; both are left as they are.
    """
    folder = settings.raw_path.parent
    try:
        with closing(connect(settings, settings.build_path, read_only=True)) as build:
            is_held = bool(_tables(build))
    except LockHeld:
        raise
    except (duckdb.Error, WarehouseError):
        # No database at all: that is another loss, told by whoever needs it.
        return
    try:
        if is_held:
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / _MARK).touch(mode=0o600)
            with closing(connect(settings, settings.build_path)) as build:
                if not settings.raw_path.exists():
                    _copy(build, settings.raw_path)
                _drop(build, settings.raw_path)
        (folder / _MARK).unlink(missing_ok=True)
    except (duckdb.Error, OSError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise WarehouseError(
            f"raw rows could not be moved from {settings.build_path} to {settings.raw_path}: {said}\nNothing was lost: they "
            "stay where they are. Make room or make the home writable, then run the command again."
        ) from None


def _tables(build: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """(schema, name) of what an earlier version kept in the build file and belongs into the raw file."""
    return fetch_rows(
        build,
        "select schema_name, table_name from duckdb_tables() where database_name = current_database() and "
        f"(schema_name = 'raw' or (schema_name = 'meta' and table_name in {RAW_IN_META})) order by all",
    )


def _copy(build: duckdb.DuckDBPyConnection, raw_path: Path) -> None:
    aside = raw_path.with_name(_ASIDE)
    for leftover in (aside, aside.with_name(f"{_ASIDE}.wal")):
        leftover.unlink(missing_ok=True)
    attach_new(build, aside, "moved")
    build.execute("create schema moved.raw")
    for schema, name in _tables(build):
        table = quote_identifier(name)
        build.execute(f"create table moved.raw.{table} as from {schema}.{table}")
    _require_equal(build, raw_path)
    build.execute("checkpoint moved")
    build.execute("detach moved")
    for path in (aside, aside.parent):
        sync(path)
    os.replace(aside, raw_path)


def _drop(build: duckdb.DuckDBPyConnection, raw_path: Path) -> None:
    build.execute(f"attach {quote_text(str(raw_path))} as moved (read_only)")
    _require_equal(build, raw_path)
    build.execute("detach moved")
    build.execute("begin")
    for schema, name in _tables(build):
        build.execute(f"drop table {schema}.{quote_identifier(name)}")
    build.execute("drop schema raw")
    build.execute("commit")


def _require_equal(build: duckdb.DuckDBPyConnection, raw_path: Path) -> None:
    """Raises WarehouseError where a table has another number of rows in the raw file, attached as `moved`."""
    for schema, name in _tables(build):
        table = quote_identifier(name)
        counts = [
            fetch_value(build, f"select count(*) from {place}.{table}") for place in (schema, "moved.raw")
        ]
        if counts[0] != counts[1]:
            raise WarehouseError(
                f"{raw_path} has {counts[1]} rows of {name}, and the build file, where an earlier version kept them, has "
                f"{counts[0]}. Nothing was changed. Move the one that is not wanted aside and run the command again."
            )
