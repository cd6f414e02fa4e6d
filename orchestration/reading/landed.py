"""The build file, held and opened for reading, and how far the publication is behind it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb

from ingest.foundation.clock import minute_text
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_value
from ingest.foundation.lock import lock_holder, writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.runs import state

# A landing is over in a moment; a run is not worth waiting for.
_LOCK_WAIT_SECONDS = 2.0


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


def require_build(settings: Settings) -> None:
    """Raises WarehouseError when there is no build file."""
    if not settings.build_path.exists():
        raise WarehouseError(
            f"{settings.build_path} does not exist, and raw rows are only there. Nothing was changed. "
            "Run this where the warehouse is built, or name its folder with --home; "
            "`warehouse land DIR` begins a new one."
        )


@contextlib.contextmanager
def build_held(settings: Settings, purpose: str) -> Iterator[None]:
    """Hold the build file for reading: a run must not meet an open file, nor a reader a half-built table.

    Raises WarehouseError when there is no build file, or when a run holds it, naming who does.
    """
    require_build(settings)
    waiting = min(_LOCK_WAIT_SECONDS, settings.lock_wait_seconds)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(writer_lock(settings.replace(lock_wait_seconds=waiting), purpose))
        except WarehouseError:
            holder = lock_holder(settings)
            if holder is None:
                raise
            zone = ZoneInfo(settings.business_time_zone)
            raise WarehouseError(
                f"a run holds the build file: {describe_holder(holder, zone)}. Nothing was changed. Published "
                "figures stay readable; run the command again when the run has finished."
            ) from None
        yield


@contextlib.contextmanager
def build_attached(settings: Settings, connection: duckdb.DuckDBPyConnection, purpose: str) -> Iterator[None]:
    """Attach the build file read-only as `build` and make it the default for the block.

    Raises WarehouseError when a run holds it (naming who) or the file is missing or cannot be read.
    """
    path = settings.build_path
    default = fetch_value(connection, "select current_database()")
    with build_held(settings, purpose):
        try:
            connection.execute(f"attach {quote_text(str(path))} as build (read_only)")
        except duckdb.Error as error:
            raise WarehouseError(
                f"{path} could not be read: {error}\nNothing was changed. If another program has it open, "
                "close it and run the command again."
            ) from None
        try:
            connection.execute("use build.main")
            yield
        finally:
            connection.execute(f"use {quote_identifier(default)}.main")
            connection.execute("detach build")


def read_progress(connection: duckdb.DuckDBPyConnection, published_as_of: datetime | None) -> Progress:
    """How far the publication is behind the build file, which is the connection's default.

    `published_as_of` is the as-of of the published file, None where there is none.
    """
    # A run keeps its changes until it has published.
    has_changes = fetch_value(
        connection,
        "select count(*) > 0 from duckdb_tables() where database_name = 'build' and schema_name = 'changes'",
    )
    has_state = fetch_value(
        connection,
        "select count(*) > 0 from duckdb_tables() "
        "where database_name = 'build' and schema_name = 'meta' and table_name = 'run_state'",
    )
    found = state.read(connection) if has_state else None
    is_published = found is None if published_as_of is None else _is_published(found, published_as_of)
    return Progress(state.pending_rows(connection), bool(has_changes) or not is_published)


def _is_published(found: state.RunState | None, published_as_of: datetime) -> bool:
    return (
        found is not None
        and found.published_as_of == found.lowest_as_of == found.highest_as_of == published_as_of
        and not found.is_full_refresh_unfinished
    )
