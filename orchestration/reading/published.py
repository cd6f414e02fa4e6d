"""The published file, opened here and nowhere else, and what it says of itself: as of when, by which run.

`dashboard/`, the commands and the Dagster graph read figures through this. It never waits: a run replaces the
file, it does not hold it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_row
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text

# The name by which the published file is attached; its tables are the default, `marts.…` and `audit.…`.
CATALOG = "published"


@dataclass(frozen=True)
class Publication:
    """The published file. Instants are naive UTC; `as_of_date` is the business date that is still running.

    `run_id` and `kind` (increment, calibrate) are those of the run that wrote it.
    """

    path: Path
    byte_count: int
    run_id: str
    kind: str
    published_at: datetime
    as_of_at: datetime
    as_of_date: date


def in_memory() -> duckdb.DuckDBPyConnection:
    """A connection to no file, in UTC, without extensions from the network."""
    connection = duckdb.connect(":memory:")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set autoinstall_known_extensions = false")
    return connection


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory connection in UTC with the published file attached read-only, as its default.

    Raises WarehouseError when nothing is published yet or the file cannot be read.
    """
    path = settings.published_path
    if not path.exists():
        raise WarehouseError(
            f"nothing is published yet ({path} does not exist). Land data with `warehouse land DIR`, then "
            "run `warehouse increment`; or try `warehouse demo`. --home names another warehouse."
        )
    connection = in_memory()
    try:
        connection.execute(f"attach {quote_text(str(path))} as {CATALOG} (read_only)")
        connection.execute(f"use {CATALOG}.main")
    except duckdb.Error as error:
        connection.close()
        raise WarehouseError(
            f"{path} could not be read: {error}\nNothing was changed. Earlier publications are in "
            f"{path.parent / 'previous'}; `warehouse increment` writes a new one."
        ) from None
    return connection


def read_publication(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Publication:
    """What the file that `open_published` opened says of itself.

    Raises WarehouseError where it says nothing: it was written by another version of the program.
    """
    found = None
    try:
        found = fetch_row(
            connection,
            f"""
            select runs.run_id, runs.kind, runs.published_at, periods.as_of_at, periods.period_start_date
            from {CATALOG}.audit.runs as runs, {CATALOG}.marts.core_periods as periods
            where periods.period = 'today' and periods.business_type = 'all'
            order by runs.published_at desc, runs.run_id
            limit 1
            """,
        )
    except duckdb.Error as error:
        raise not_of_this_version(settings, str(error)) from None
    if found is None:
        raise not_of_this_version(settings, "it names no run and no as-of")
    run_id, kind, published_at, as_of_at, as_of_date = found
    path = settings.published_path
    return Publication(path, path.stat().st_size, run_id, kind, published_at, as_of_at, as_of_date)


def not_of_this_version(settings: Settings, found: str) -> WarehouseError:
    """What to say of a published file whose tables are not those expected."""
    return WarehouseError(
        f"{settings.published_path} could not be read: {found}\nNothing was changed. If it was published "
        "by another version of the program, `warehouse increment` publishes it anew."
    )
