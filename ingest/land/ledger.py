"""Writing one batch: its rows into raw, its rejects into quarantine, its line into the ledger.

Every function here runs inside the transaction of its caller.
"""

import json
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from ingest.check.check import Checked
from ingest.contract.feeds import Feed
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_row, fetch_value
from ingest.foundation.sql import quote_identifier
from ingest.land.report import shown_columns
from ingest.raw.batches import LANDED, REJECTED, next_batch_id, next_landing_seq
from ingest.read.delivery import RowReject


@dataclass(frozen=True)
class Source:
    """What the ledger says of where a delivery came from. `name` is as it may be shown; `landed_at` is naive UTC."""

    name: str
    kind: str
    time_zone: str
    landed_at: datetime
    content_hash: str | None = None
    byte_count: int | None = None
    retry_of_batch_id: str | None = None


def insert_checked(connection: duckdb.DuckDBPyConnection, source: Source, checked: Checked) -> str:
    """A whole batch: good rows, rejects, its line in the ledger. Returns its id.

    Raises WarehouseError if that is not what was read.
    """
    delivery = checked.delivery
    batch_id = next_batch_id(connection)
    accepted, first, last = _insert_rows(connection, checked, batch_id)
    rejects = checked.rejects
    if checked.row_count != accepted + len(rejects):
        raise WarehouseError(
            f"{delivery.feed.name}/{source.name}: {checked.row_count} rows read, but {accepted} accepted and "
            f"{len(rejects)} quarantined. The landing was rolled back; this is a bug in the reader: please report it."
        )
    _insert_quarantine(connection, delivery.feed, batch_id, source.landed_at, rejects)
    shown = shown_columns(delivery.unknown_columns)
    _insert_batch(
        connection,
        delivery.feed,
        source,
        batch_id=batch_id,
        status=LANDED,
        rows_read=accepted + len(rejects),
        rows_accepted=accepted,
        rows_quarantined=len(rejects),
        unknown_columns=json.dumps(shown, ensure_ascii=False),
        masked_column_count=sum(map(operator.ne, shown, (name.strip() for name in delivery.unknown_columns))),
        converted_counts=dict(checked.converted_counts),
        first_landing_seq=first,
        last_landing_seq=last,
        source_layout=delivery.layout,
    )
    return batch_id


def insert_rejection(connection: duckdb.DuckDBPyConnection, feed: Feed, source: Source, reason: str) -> str:
    """A file that could not land, once for the same content and reason. Returns the batch's id."""
    batch_id: str | None = fetch_value(
        connection,
        "select max(batch_id) from raw.batches where feed = ? and source_name = ? and rejected_reason = ? "
        "and content_hash is not distinct from ?",
        [feed.name, source.name, reason, source.content_hash],
    )
    if batch_id is None:
        batch_id = next_batch_id(connection)
        _insert_batch(connection, feed, source, batch_id=batch_id, status=REJECTED, rejected_reason=reason)
    return batch_id


def _insert_rows(
    connection: duckdb.DuckDBPyConnection, checked: Checked, batch_id: str
) -> tuple[int, int | None, int | None]:
    """The good rows into raw; (count, first, last `_landing_seq`)."""
    feed, line = checked.delivery.feed, checked.delivery.line
    base = next_landing_seq(connection)
    names = ", ".join(quote_identifier(name) for name in feed.column_names)
    count = fetch_value(
        connection,
        f"insert into raw.{feed.name} ({names}, _landing_seq, _batch_id, _line, _extra) "
        f"select {names}, {base} + rowid, '{batch_id}', {line}, _extra from {checked.table} where _reject is null",
    )
    first, last = fetch_row(
        connection,
        f"select {base} + min(rowid), {base} + max(rowid) from {checked.table} where _reject is null",
    ) or (None, None)
    return count, first, last


def _insert_quarantine(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    batch_id: str,
    at: datetime,
    rejects: Sequence[RowReject],
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
    connection.register("rejects_of_batch", table)
    connection.execute(
        "insert into raw.quarantine (quarantine_id, batch_id, feed, line, reason, detail, raw_text, "
        "quarantined_at) select ? || '-' || line, ?, ?, line, reason, detail, raw_text, ? from rejects_of_batch",
        [batch_id, batch_id, feed.name, at],
    )
    connection.unregister("rejects_of_batch")


def _insert_batch(
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
    masked_column_count: int = 0,
    converted_counts: dict[str, int] | None = None,
    first_landing_seq: int | None = None,
    last_landing_seq: int | None = None,
    source_layout: str | None = None,
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
        "masked_column_count": masked_column_count,
        "converted_counts": json.dumps(converted_counts, sort_keys=True) if converted_counts else None,
        "first_landing_seq": first_landing_seq,
        "last_landing_seq": last_landing_seq,
        "source_time_zone": source.time_zone,
        "landed_at": source.landed_at,
        "source_layout": source_layout,
        "retry_of_batch_id": source.retry_of_batch_id,
    }
    connection.execute(
        f"insert into raw.batches ({', '.join(values)}) values ({', '.join('?' for _ in values)})",
        list(values.values()),
    )
