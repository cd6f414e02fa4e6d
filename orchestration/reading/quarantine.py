"""The one quarantine: rows that landing refused, and what the last run of the models said of landed rows."""

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
from orchestration.runs.build_file import open_build

# The text of a row that landed is not needed for a list; `show_held` has it.
_MODELLED = """
    select quarantine_id, q.feed, source_name, q.batch_id, line, reason, coalesce(detail, '') as detail, '' as raw_text,
        coalesce(quarantined_at, landed_at) as quarantined_at, cast(null as timestamp) as released_at,
        cast(null as varchar) as released_by_batch_id
    from standardised.std_quarantine as q inner join raw.batches as b on q.batch_id = b.batch_id
    where q.stage <> 'landing'
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
    if settings.build_path.exists():
        with closing(open_build(settings, read_only=True)) as connection:
            if _has_models(connection):
                modelled = fetch_rows(
                    connection,
                    f"{_MODELLED} and ($feed is null or q.feed = $feed) and ($reason is null or reason = $reason) "
                    "order by q.batch_id, line, reason limit $limit",
                    {"feed": feed, "reason": reason, "limit": limit},
                )
    found = [*landed, *(QuarantinedRow(*row) for row in modelled)]
    return sorted(found, key=lambda row: (row.batch_id, row.line, row.reason))[:limit]


def show_held(settings: Settings, quarantine_id: str) -> QuarantinedRow:
    """One row with its text. Raises UsageError if there is none of that id."""
    if settings.build_path.exists():
        with closing(open_build(settings, read_only=True)) as connection:
            row = (
                fetch_row(connection, f"{_MODELLED} and quarantine_id = ?", [quarantine_id])
                if _has_models(connection)
                else None
            )
            if row is not None:
                found = QuarantinedRow(*row)
                return replace(found, raw_text=_landed_text(connection, found))
    return show_quarantined(settings, quarantine_id)


def _has_models(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the models have been built."""
    return bool(
        fetch_value(
            connection,
            "select count(*) from duckdb_tables() where schema_name = 'standardised' and table_name = 'std_quarantine'",
        )
    )


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
