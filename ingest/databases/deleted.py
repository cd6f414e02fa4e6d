"""Rows that landed from a mapped table or query and are gone at the source: they land as deleted versions."""

from datetime import UTC

import duckdb

from ingest.databases.mapping import EntryMapping
from ingest.databases.reading import Read
from ingest.databases.values import feed_value, key_columns, row_key
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_value
from ingest.foundation.sql import quote_identifier
from ingest.land.landing import land_relation
from ingest.land.report import BatchReport
from ingest.raw.batches import REVOKED_BATCHES

_ROWS = "database_gone"
_LANDING = "database_gone_landing"
_KEYS = "database_keys"
# A table whose rows are mostly gone is more likely a wrong address or condition than a deletion.
_SUSPICIOUS_DELETED_COUNT = 20
_SUSPICIOUS_DELETED_SHARE = 0.5


def land_deleted(read: Read, entry: EntryMapping, batches: list[BatchReport], notes: list[str]) -> None:
    feed, name = entry.feed, read.name(entry)
    connection = read.connection
    if "is_deleted" not in feed.column_names:
        notes.append(f"{feed.name}/{name}: the feed has no is_deleted; deletions are not looked for.")
        return
    _read_keys(read, entry)
    known_count, gone_count = _find_gone(read, entry)
    if not gone_count:
        notes.append(f"{feed.name}/{name}: no deletions ({known_count} keys compared)")
        return
    if known_count >= _SUSPICIOUS_DELETED_COUNT and gone_count > known_count * _SUSPICIOUS_DELETED_SHARE:
        raise WarehouseError(
            f"{gone_count} of {known_count} rows that landed from here are gone at the source. That looks "
            "like a wrong database or condition, so none of them was marked as deleted. If they really are "
            f"deleted, land their last versions with is_deleted true as a file of the feed {feed.name}."
        )
    batches.append(
        land_relation(
            connection,
            read.settings,
            feed.name,
            _LANDING,
            source_name=name,
            source_kind=read.dialect.kind,
            source_time_zone="UTC",
            landed_at=read.read_at,
            in_transaction=lambda inside: _forget_gone(inside, name),
        )
    )


def _read_keys(read: Read, entry: EntryMapping) -> None:
    """Makes `_KEYS`: the key of every row the source has now."""
    dialect = read.dialect
    columns = key_columns(entry)
    selected = ", ".join(f"{text} as c{at}" for at, text in enumerate(dialect.text_columns(entry, columns)))
    values = ", ".join(
        f"{feed_value(read, column, f'c{at}')} as {quote_identifier(column.feed_column.name)}"
        for at, column in enumerate(columns)
    )
    rows = dialect.rows(f"select {selected} {dialect.source(entry)}")
    read.connection.execute(
        f"create or replace temp table {_KEYS} as "
        f"select {row_key(entry)} as row_key from (select {values} from {rows})"
    )


def _find_gone(read: Read, entry: EntryMapping) -> tuple[int, int]:
    """Makes `_ROWS` and the landing view of what is gone; returns how many keys are known, how many of them
    gone.

    Known are the keys whose current version landed from this entry and is not deleted.
    """
    feed = entry.feed
    key = ", ".join(quote_identifier(name) for name in feed.key)
    kept = ", ".join(
        quote_identifier(name) for name in feed.column_names if name not in ("updated_at", "is_deleted")
    )
    read_at = read.read_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    connection = read.connection
    connection.execute(
        f"create or replace temp table {_ROWS} as "
        "with own as (select batch_id from raw.batches "
        "where feed = $feed and source_name = $name and source_kind = $kind), "
        "batches as (select batch_id from raw.batches "
        "where batch_id in (from own) or retry_of_batch_id in (from own)), "
        f"current as (select * from raw.{feed.name} where _batch_id not in ({REVOKED_BATCHES}) qualify row_number() over "
        f"(partition by {key} order by updated_at desc nulls last, _landing_seq desc) = 1) "
        f"select {kept}, greatest(updated_at, $read_at) as updated_at, 'true' as is_deleted, "
        f"{row_key(entry)} as row_key "
        "from current where coalesce(is_deleted, 'false') <> 'true' and _batch_id in (from batches)",
        {"feed": feed.name, "name": read.name(entry), "kind": read.dialect.kind, "read_at": read_at},
    )
    known_count = fetch_value(connection, f"select count(*) from {_ROWS}")
    connection.execute(f"delete from {_ROWS} where row_key in (select row_key from {_KEYS})")
    connection.execute(
        f"create or replace temp view {_LANDING} as select {kept}, updated_at, is_deleted from {_ROWS}"
    )
    return known_count, fetch_value(connection, f"select count(*) from {_ROWS}")


def _forget_gone(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """A row that comes back unchanged must land again."""
    connection.execute(
        f"delete from raw.cursor_rows where entry = ? and row_key in (select row_key from {_ROWS})", [name]
    )
