"""The ledger of landings, `raw.batches`: what has landed, and what comes next. Grain: one row per batch."""

import json

import duckdb

from ingest.foundation.fetch import fetch_value

LANDED = "landed"
REJECTED = "rejected"


def next_batch_id(connection: duckdb.DuckDBPyConnection) -> str:
    """The ledger is never shortened, so batches are numbered in landing order, also as text."""
    return f"b{fetch_value(connection, 'select count(*) + 1 from raw.batches'):09d}"


def batch_of_content(
    connection: duckdb.DuckDBPyConnection, feed: str, content_hash: str | None
) -> str | None:
    """The batch in which the same content of the feed has landed, None if it has not."""
    batch_id: str | None = fetch_value(
        connection,
        "select min(batch_id) from raw.batches where feed = ? and content_hash = ? and status = 'landed'",
        [feed, content_hash],
    )
    return batch_id


def columns_of_last_batch(connection: duckdb.DuckDBPyConnection, feed: str, kind: str) -> set[str]:
    """The columns, in lower case, of the last landing of the feed in files (or tables) of the same kind."""
    layout = fetch_value(
        connection,
        "select source_layout from raw.batches where feed = ? and source_kind = ? and status = 'landed' "
        "and source_layout is not null and rows_read > 0 order by batch_id desc limit 1",
        [feed, kind],
    )
    return {name.strip().lower() for name in json.loads(layout)["columns"]} if layout else set()
