"""Writing one batch: its rows into raw, its rejects into quarantine, its line into the ledger.

Every function here runs inside the transaction of its caller.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from ingest.check.values import CHECKED
from ingest.contract.feeds import Feed
from ingest.foundation.sql import quote_identifier
from ingest.read.delivery import RowReject

LANDED = "landed"
REJECTED = "rejected"


@dataclass
class Source:
    """What the ledger says of a delivery. `landed_at` is naive UTC."""

    name: str
    kind: str
    time_zone: str
    landed_at: datetime
    content_hash: str | None = None
    byte_count: int | None = None
    layout: str | None = None
    retry_of_batch_id: str | None = None


def utc(at: datetime | None) -> datetime:
    """Naive UTC of an instant (naive ones are UTC already), else of now."""
    at = at or datetime.now(UTC)
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def one(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> Any:
    """The single row of a query; the single value if it has one column."""
    row = connection.execute(query, parameters or []).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def next_batch_id(connection: duckdb.DuckDBPyConnection) -> str:
    """The ledger is never shortened, so batches are numbered in landing order, also as text."""
    return f"b{one(connection, 'select count(*) + 1 from raw.batches'):09d}"


def insert_rows(
    connection: duckdb.DuckDBPyConnection, feed: Feed, batch_id: str, line: str
) -> tuple[int, int | None, int | None]:
    """The good rows of `CHECKED` into raw; (count, first, last `_landing_seq`). `line`: SQL of `_line`."""
    base = one(connection, "select coalesce(max(last_landing_seq), 0) + 1 from raw.batches")
    names = ", ".join(quote_identifier(name) for name in feed.column_names)
    count = one(
        connection,
        f"insert into raw.{feed.name} ({names}, _landing_seq, _batch_id, _line, _extra) "
        f"select {names}, {base} + rowid, '{batch_id}', {line}, _extra from {CHECKED} where _reject is null",
    )
    first, last = one(
        connection, f"select {base} + min(rowid), {base} + max(rowid) from {CHECKED} where _reject is null"
    )
    return count, first, last


def insert_quarantine(
    connection: duckdb.DuckDBPyConnection, feed: Feed, batch_id: str, at: datetime, rejects: list[RowReject]
) -> None:
    if not rejects:
        return
    ordered = sorted(rejects, key=lambda reject: reject.line)
    table = pa.table(
        {
            "line": pa.array([reject.line for reject in ordered], pa.int64()),
            "reason": pa.array([reject.reason for reject in ordered], pa.string()),
            "detail": pa.array([reject.detail for reject in ordered], pa.string()),
            "raw_text": pa.array([reject.raw_text for reject in ordered], pa.string()),
        }
    )
    connection.register("landing_rejects", table)
    connection.execute(
        "insert into raw.quarantine (quarantine_id, batch_id, feed, line, reason, detail, raw_text, "
        "quarantined_at) select ? || '-' || row_number() over (), ?, ?, line, reason, detail, raw_text, ? "
        "from landing_rejects",
        [batch_id, batch_id, feed.name, at],
    )
    connection.unregister("landing_rejects")


def insert_batch(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    source: Source,
    *,
    batch_id: str,
    status: str,
    rejected_reason: str | None = None,
    rows_read: int = 0,
    rows_accepted: int = 0,
    rows_quarantined: int = 0,
    unknown_columns: str = "[]",
    first_landing_seq: int | None = None,
    last_landing_seq: int | None = None,
) -> None:
    values = {
        "batch_id": batch_id,
        "feed": feed.name,
        "source_name": source.name,
        "source_kind": source.kind,
        "content_hash": source.content_hash,
        "byte_count": source.byte_count,
        "status": status,
        "rejected_reason": rejected_reason,
        "rows_read": rows_read,
        "rows_accepted": rows_accepted,
        "rows_quarantined": rows_quarantined,
        "unknown_columns": unknown_columns,
        "first_landing_seq": first_landing_seq,
        "last_landing_seq": last_landing_seq,
        "source_time_zone": source.time_zone,
        "landed_at": source.landed_at,
        "source_layout": source.layout,
        "retry_of_batch_id": source.retry_of_batch_id,
    }
    connection.execute(
        f"insert into raw.batches ({', '.join(values)}) values ({', '.join('?' for _ in values)})",
        list(values.values()),
    )
