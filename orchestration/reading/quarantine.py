"""The one quarantine: rows that landing refused, and what the last publication says of landed rows.

Both files it reads are open to readers while a run works.
"""

import json
from contextlib import closing
from dataclasses import replace

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import UsageError
from ingest.foundation.fetch import fetch_row, fetch_rows, fetch_value
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from ingest.land.quarantine import QuarantinedRow, list_quarantine, show_quarantined
from ingest.raw.raw_file import attach_raw
from orchestration.reading.published import open_published

# The text of a row that landed is not needed for a list; `show_held` has it.
_MODELLED = """
    select quarantine_id, q.feed, q.source_name, batch_id, line, reason, coalesce(detail, '') as detail, '' as raw_text,
        coalesce(quarantined_at, landed_at) as quarantined_at, cast(null as timestamp) as released_at,
        cast(null as varchar) as released_by_batch_id
    from audit.quarantine as q inner join raw.batches as b using (batch_id)
    where stage <> 'landing'
"""


def list_held(
    settings: Settings,
    *,
    feed: str | None = None,
    reason: str | None = None,
    include_released: bool = False,
    limit: int = 1000,
) -> list[QuarantinedRow]:
    """Rows of landing and of modelling, oldest batch first. Raises UsageError for an unknown feed."""
    landed = list_quarantine(
        settings, feed=feed, reason=reason, include_released=include_released, limit=limit
    )
    modelled = []
    if settings.published_path.exists():
        with closing(_opened(settings)) as connection:
            modelled = fetch_rows(
                connection,
                f"{_MODELLED} and ($feed is null or q.feed = $feed) and ($reason is null or reason = $reason) "
                "order by batch_id, line, reason limit $limit",
                {"feed": feed, "reason": reason, "limit": limit},
            )
    found = [*landed, *(QuarantinedRow(*row) for row in modelled)]
    return sorted(found, key=lambda row: (row.batch_id, row.line, row.reason))[:limit]


def show_held(settings: Settings, quarantine_id: str) -> QuarantinedRow:
    """One row with its text. Raises UsageError if there is none of that id."""
    if settings.published_path.exists():
        with closing(_opened(settings)) as connection:
            row = fetch_row(connection, f"{_MODELLED} and quarantine_id = ?", [quarantine_id])
            if row is not None:
                found = QuarantinedRow(*row)
                return replace(found, raw_text=_landed_text(connection, found))
    return show_quarantined(settings, quarantine_id)


def _opened(settings: Settings) -> duckdb.DuckDBPyConnection:
    """The published file, with the raw file's tables as `raw.…`."""
    connection = open_published(settings)
    try:
        attach_raw(settings, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _landed_text(connection: duckdb.DuckDBPyConnection, row: QuarantinedRow) -> str:
    """The row as it landed, as JSON; the header for names of columns."""
    if row.quarantine_id.endswith("-header"):
        return str(
            fetch_value(
                connection, "select source_layout from raw.batches where batch_id = ?", [row.batch_id]
            )
        )
    names = ", ".join(quote_identifier(name) for name in FEEDS[row.feed].column_names)
    values = fetch_row(
        connection,
        f"select {names} from raw.{row.feed} where _batch_id = ? and _line = ?",
        [row.batch_id, row.line],
    )
    if values is None:
        raise UsageError(f"The row {row.quarantine_id!r} is no longer in raw.")
    told = {
        name: value
        for name, value in zip(FEEDS[row.feed].column_names, values, strict=True)
        if value is not None
    }
    return json.dumps(told, ensure_ascii=False)
