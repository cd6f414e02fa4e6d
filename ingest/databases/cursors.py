"""How far each table of a live database has been read: kept in the raw file, moved only with committed
rows.

Grain of `raw.cursors`: one row per source entry (`<source>.<entry>`). Grain of `raw.cursor_rows`: one row
per row of the last read that the next one will meet again, because it lies in the overlap (or because the
entry has no cursor and is read whole every time). Both move in the landing's own transaction.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from ingest.databases.mapping import CursorMapping
from ingest.foundation.fetch import fetch_row

_TABLES = (
    "create table if not exists raw.cursors "
    "(entry varchar, cursor_column varchar, cursor_value varchar, mapping_fingerprint varchar, read_at "
    "timestamp)",
    "create table if not exists raw.cursor_rows (entry varchar, row_key varchar, row_hash varchar)",
)
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:([ T])(\d{2}:\d{2}(?::\d{2})?)(.*))?")


@dataclass(frozen=True)
class CursorState:
    """What is remembered of the last read of an entry; empty before the first. `value` is the highest of
    `column`."""

    column: str | None = None
    value: str | None = None
    mapping_fingerprint: str | None = None


def read_cursor(connection: duckdb.DuckDBPyConnection, entry: str) -> CursorState:
    """The state of an entry; makes the tables if they are missing."""
    for statement in _TABLES:
        connection.execute(statement)
    row = fetch_row(
        connection,
        "select cursor_column, cursor_value, mapping_fingerprint from raw.cursors where entry = ?",
        [entry],
    )
    return CursorState(*row) if row else CursorState()


def move_cursor(
    connection: duckdb.DuckDBPyConnection,
    entry: str,
    state: CursorState,
    *,
    read_at: datetime,
    window: str,
) -> None:
    """Replaces what is remembered of an entry; call it inside the landing's transaction.

    `window` is the name of a table (row_key, row_hash) of the rows that the next read will meet again.
    """
    connection.execute("delete from raw.cursors where entry = ?", [entry])
    connection.execute(
        "insert into raw.cursors values (?, ?, ?, ?, ?)",
        [entry, state.column, state.value, state.mapping_fingerprint, utc_naive(read_at)],
    )
    connection.execute("delete from raw.cursor_rows where entry = ?", [entry])
    connection.execute(
        f"insert into raw.cursor_rows select distinct ?, row_key, row_hash from {window}", [entry]
    )


def utc_naive(instant: datetime) -> datetime:
    """The instant as the raw file keeps instants: UTC without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def next_value(cursor: CursorMapping, before: str | None, highest: str | None) -> str | None:
    """The later of the last read's value and this one's: a cursor never goes back over rows it remembers."""
    if before is None or highest is None:
        return highest if before is None else before
    if cursor.kind == "number":
        return str(max(int(before), int(highest)))
    return max(before, highest)


def lower_bound(cursor: CursorMapping, value: str | None) -> str | None:
    """The value from which on the next read reads, `overlap` below `value`; None to read all.

    An instant keeps its form and loses fraction and zone, so that it compares as text and as an instant
    alike.
    """
    if value is None:
        return None
    if cursor.kind == "number":
        return str(int(value) - cursor.overlap)
    found = _INSTANT.fullmatch(value)
    if found is None:
        return None
    day, separator, time, _zone = found.groups()
    moment = datetime.fromisoformat(f"{day} {time or '00:00'}") - timedelta(minutes=cursor.overlap)
    if separator is None:
        return str(moment.date())
    return moment.isoformat(separator, "seconds")


def capped(cursor: CursorMapping, value: str | None, now: datetime, time_zone: str) -> str | None:
    """`value`, but not later than now: one row dated in the future must not hide all rows until then."""
    if value is None or cursor.kind == "number":
        return value
    found = _INSTANT.fullmatch(value)
    if found is None:
        return None
    _day, separator, _time, zone = found.groups()
    is_utc = bool(re.search(r"(Z|\+00(:?00)?)$", zone or ""))
    local = now.astimezone(UTC if is_utc else ZoneInfo(time_zone)).replace(tzinfo=None)
    latest = str(local.date()) if separator is None else local.isoformat(separator, "seconds")
    return min(value, latest)
