"""The ledger of landings, `raw.batches`: what has landed, and what comes next. Grain: one row per batch."""

import json

import duckdb

from ingest.foundation.fetch import fetch_rows, fetch_value

LANDED = "landed"
REJECTED = "rejected"
# Withdrawn: its rows stay, and no longer count.
REVOKED = "revoked"

# SQL: the batches whose rows no longer count.
REVOKED_BATCHES = f"select batch_id from raw.batches where status = '{REVOKED}'"
# SQL on raw.quarantine: rows that are held now. What a revoked batch released is held again; what it refused is not.
IS_HELD = (
    f"(released_at is null or released_by_batch_id in ({REVOKED_BATCHES})) "
    f"and batch_id not in ({REVOKED_BATCHES})"
)


def next_batch_id(connection: duckdb.DuckDBPyConnection) -> str:
    """The ledger is never shortened, so batches are numbered in landing order, also as text."""
    return f"b{fetch_value(connection, 'select count(*) + 1 from raw.batches'):09d}"


def next_landing_seq(connection: duckdb.DuckDBPyConnection) -> int:
    """The next place in landing order, which landings and revocations share."""
    seq: int = fetch_value(
        connection,
        "select 1 + greatest((select coalesce(max(last_landing_seq), 0) from raw.batches), "
        "(select coalesce(max(revocation_seq), 0) from raw.revocations))",
    )
    return seq


def batch_of_content(
    connection: duckdb.DuckDBPyConnection, feed: str, content_hash: str | None
) -> str | None:
    """The batch in which the same content of the feed has landed, None if it has not or was withdrawn."""
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


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows ever landed, withdrawn ones too, for each feed that has any. Read from the ledger, so at no cost."""
    return dict(
        fetch_rows(
            connection,
            "select feed, cast(sum(rows_accepted) as bigint) from raw.batches group by feed "
            "having sum(rows_accepted) > 0 order by feed",
        )
    )
