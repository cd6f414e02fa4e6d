"""The build file and the raw file, opened for reading, and how far the publication is behind them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb

from ingest.foundation.clock import minute_text
from ingest.foundation.database import attach
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_value
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from ingest.raw.batches import row_counts
from ingest.raw.raw_file import CATALOG, attach_raw, has_raw
from orchestration.runs import state


@dataclass(frozen=True)
class Progress:
    """Rows landed since the publication, by feed that has any; whether a run has begun and not published."""

    pending: dict[str, int]
    has_unfinished_run: bool

    @property
    def pending_row_count(self) -> int:
        return sum(self.pending.values())


def describe_holder(holder: dict[str, str], zone: ZoneInfo) -> str:
    """Who holds the writer lock, for people."""
    try:
        since = f"{minute_text(datetime.fromisoformat(holder['since']), zone)} ({zone.key})"
    except (KeyError, ValueError):
        since = "unknown"
    return (
        f"{holder.get('what', 'unknown')}, process {holder.get('pid', 'unknown')} "
        f"on {holder.get('host', 'unknown')} since {since}"
    )


def require_landed(settings: Settings) -> None:
    """Raises WarehouseError when nothing has landed."""
    if not has_raw(settings):
        raise WarehouseError(
            f"{settings.raw_path} does not exist: nothing has landed. Nothing was changed. Run this where the warehouse is "
            "built, or name its folder with --home; `warehouse land DIR` begins a new one."
        )


@contextlib.contextmanager
def build_attached(
    settings: Settings, connection: duckdb.DuckDBPyConnection, *, wait_seconds: float | None = None
) -> Iterator[None]:
    """Attach the build file read-only as `build`, the default for the block, and the raw file, whose tables are `raw.…`.

    Waits at most `wait_seconds` (default: the setting `lock_wait_seconds`) for the seconds in which a run or a landing
    writes; a calibration writes beside. Raises WarehouseError when one still does (naming it) or a file is missing or cannot
    be read.
    """
    require_landed(settings)
    if not settings.build_path.exists():
        # What readers have was made from one.
        why, to_do = (
            ("it is lost", "`warehouse calibrate --rebuild` makes it anew from what landed")
            if settings.published_path.exists()
            else ("no run has built it yet", "run `warehouse increment`")
        )
        raise WarehouseError(f"{settings.build_path} does not exist: {why}. Nothing was changed; {to_do}.")
    default = fetch_value(connection, "select current_database()")
    attach(settings, connection, settings.build_path, "build", wait_seconds=wait_seconds)
    try:
        connection.execute("use build.main")
        attach_raw(settings, connection, wait_seconds=wait_seconds)
        yield
    finally:
        connection.execute(f"use {quote_identifier(default)}.main")
        connection.execute("detach build")
        connection.execute(f"detach database if exists {CATALOG}")


def read_progress(connection: duckdb.DuckDBPyConnection, published_as_of: datetime | None) -> Progress:
    """How far the publication is behind the build file, which is the connection's default.

    `published_as_of` is the as-of of the published file, None where there is none.
    """
    # A run keeps its changes until it has published.
    has_changes = fetch_value(
        connection,
        "select count(*) > 0 from duckdb_tables() where database_name = 'build' and schema_name = 'changes'",
    )
    has_state = state.is_prepared(connection)
    found = state.read(connection) if has_state else None
    is_published = found is None if published_as_of is None else _is_published(found, published_as_of)
    pending = state.pending_rows(connection) if has_state else row_counts(connection)
    return Progress(pending, bool(has_changes) or not is_published)


def _is_published(found: state.RunState | None, published_as_of: datetime) -> bool:
    return (
        found is not None
        and found.published_as_of == found.lowest_as_of == found.highest_as_of == published_as_of
        and not found.is_full_refresh_unfinished
    )
