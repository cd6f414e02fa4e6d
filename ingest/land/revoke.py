"""Withdrawing a landing, and bringing it back: its rows stay in raw and no longer count (R16)."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.account import account
from ingest.foundation.clock import naive_utc, now
from ingest.foundation.errors import UsageError
from ingest.foundation.fetch import fetch_row, fetch_rows, fetch_value
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.shown import shown_name
from ingest.foundation.sql import quote_identifier
from ingest.raw.batches import LANDED, REVOKED, REVOKED_BATCHES, next_landing_seq
from ingest.raw.raw_file import open_raw


@dataclass(frozen=True)
class Revocation:
    """What withdrawing a batch (or, with `is_undo`, bringing it back) does.

    `batch_ids` are the batch and the retries of its quarantined rows, which go with it. `key_count` counts the keys of
    its `row_count` rows, `other_version_count` those that have another version, which is current without the batch.
    `quarantined_count` counts the rows it refused.
    """

    batch_ids: tuple[str, ...]
    feed: str
    source_name: str
    is_undo: bool
    row_count: int
    key_count: int
    other_version_count: int
    quarantined_count: int


@dataclass(frozen=True)
class _Batch:
    batch_id: str
    feed: str
    source_name: str
    status: str
    content_hash: str | None
    retry_of_batch_id: str | None


def revoke(
    settings: Settings,
    batch_id: str,
    *,
    is_undo: bool = False,
    reason: str | None = None,
    is_dry_run: bool = False,
    at: datetime | None = None,
) -> Revocation:
    """Withdraw a batch, or undo that; one transaction under the writer lock. `at` defaults to now.

    The next increment follows (R18). `raw.revocations` keeps who, when and why (`reason`, without mail addresses and phone
    numbers). Undoing brings back just what was withdrawn together. With `is_dry_run` nothing changes. Raises UsageError for a
    batch that is unknown or not in the state that is to be left.
    """
    with writer_lock(settings, "revoke"), closing(open_raw(settings)) as connection:
        batch = _batch(connection, batch_id)
        (_require_revoked if is_undo else _require_landed)(connection, batch)
        batch_ids = _withdrawn_with(connection, batch_id) if is_undo else _with_retries(connection, batch_id)
        revocation = _described(connection, batch, batch_ids, is_undo=is_undo)
        if not is_dry_run:
            _record(connection, revocation, reason, naive_utc(at or now()))
    return revocation


def _batch(connection: duckdb.DuckDBPyConnection, batch_id: str) -> _Batch:
    row = fetch_row(
        connection,
        "select batch_id, feed, source_name, status, content_hash, retry_of_batch_id from raw.batches where batch_id = ?",
        [batch_id],
    )
    if row is None:
        raise UsageError(
            f"there is no batch {batch_id!r}. Nothing was changed. `warehouse query` shows the batches: "
            "select batch_id, feed, source_name, landed_at from audit.load_batches."
        )
    return _Batch(*row)


def _require_landed(connection: duckdb.DuckDBPyConnection, batch: _Batch) -> None:
    if batch.status == REVOKED:
        raise UsageError(
            f"batch {batch.batch_id} ({batch.feed}/{batch.source_name}) is withdrawn already. Nothing was changed. "
            "--undo brings it back."
        )
    if batch.status != LANDED:
        raise UsageError(
            f"batch {batch.batch_id} ({batch.feed}/{batch.source_name}) was rejected when it came: no row of it landed, so "
            "there is nothing to withdraw."
        )


def _require_revoked(connection: duckdb.DuckDBPyConnection, batch: _Batch) -> None:
    name = f"batch {batch.batch_id} ({batch.feed}/{batch.source_name})"
    if batch.status != REVOKED:
        raise UsageError(f"{name} is not withdrawn, so there is nothing to undo. Nothing was changed.")
    if batch.retry_of_batch_id and fetch_value(
        connection, f"select ? in ({REVOKED_BATCHES})", [batch.retry_of_batch_id]
    ):
        raise UsageError(
            f"{name} holds rows of batch {batch.retry_of_batch_id}, which is withdrawn. Nothing was changed. "
            f"Undo that one: warehouse revoke {batch.retry_of_batch_id} --undo."
        )
    again = fetch_value(
        connection,
        "select min(batch_id) from raw.batches where feed = ? and content_hash = ? and status = ?",
        [batch.feed, batch.content_hash, LANDED],
    )
    if again:
        raise UsageError(
            f"the content of {name} has landed again as batch {again}, and the same content counts once. Nothing was changed."
        )


def _with_retries(connection: duckdb.DuckDBPyConnection, batch_id: str) -> tuple[str, ...]:
    rows = fetch_rows(
        connection,
        "select batch_id from raw.batches where status = ? and (batch_id = ? or retry_of_batch_id = ?) order by batch_id",
        [LANDED, batch_id, batch_id],
    )
    return tuple(found for (found,) in rows)


def _withdrawn_with(connection: duckdb.DuckDBPyConnection, batch_id: str) -> tuple[str, ...]:
    """The batches that the last withdrawal of a batch named."""
    rows = fetch_rows(
        connection,
        "select batch_id from raw.revocations where revocation_seq = "
        "(select max(revocation_seq) from raw.revocations where batch_id = ?) and batch_id in "
        "(select batch_id from raw.batches where batch_id = ? or retry_of_batch_id = ?) order by batch_id",
        [batch_id, batch_id, batch_id],
    )
    return tuple(found for (found,) in rows)


def _described(
    connection: duckdb.DuckDBPyConnection, batch: _Batch, batch_ids: tuple[str, ...], *, is_undo: bool
) -> Revocation:
    key = ", ".join(quote_identifier(name) for name in FEEDS[batch.feed].key)
    row_count, key_count, other_version_count = fetch_row(
        connection,
        f"with keys as (select {key}, count(*) as row_count from raw.{batch.feed} where _batch_id in (select unnest($ids)) "
        f"group by all), others as (select distinct {key}, true as has_other from raw.{batch.feed} "
        f"where _batch_id not in (select unnest($ids)) and _batch_id not in ({REVOKED_BATCHES})) "
        "select cast(coalesce(sum(row_count), 0) as bigint), count(*), count(has_other) "
        f"from keys left join others using ({key})",
        {"ids": list(batch_ids)},
    ) or (0, 0, 0)
    quarantined_count = fetch_value(
        connection,
        "select count(*) from raw.quarantine where batch_id = ?",
        [batch.batch_id],
    )
    return Revocation(
        batch_ids,
        batch.feed,
        batch.source_name,
        is_undo,
        row_count,
        key_count,
        other_version_count,
        quarantined_count,
    )


def _record(
    connection: duckdb.DuckDBPyConnection, revocation: Revocation, reason: str | None, at: datetime
) -> None:
    connection.execute("begin")
    try:
        seq = next_landing_seq(connection)
        for batch_id in revocation.batch_ids:
            connection.execute(
                "insert into raw.revocations (revocation_seq, batch_id, feed, is_undo, reason, revoked_by, revoked_at) "
                "values (?, ?, ?, ?, ?, ?, ?)",
                [
                    seq,
                    batch_id,
                    revocation.feed,
                    revocation.is_undo,
                    shown_name(reason) if reason else None,
                    account(),
                    at,
                ],
            )
            connection.execute(
                "update raw.batches set status = ? where batch_id = ?",
                [LANDED if revocation.is_undo else REVOKED, batch_id],
            )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
