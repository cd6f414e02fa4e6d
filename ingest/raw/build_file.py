"""The private DuckDB build file: opening it, and the tables landing needs."""

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier

_LEDGER_TABLES = (
    """create table if not exists raw.batches (
        batch_id varchar, feed varchar, source_name varchar, source_kind varchar, content_hash varchar,
        byte_count bigint, status varchar, rejected_reason varchar, rows_read bigint, rows_accepted bigint,
        rows_quarantined bigint, unknown_columns varchar, first_landing_seq bigint, last_landing_seq bigint,
        source_time_zone varchar, landed_at timestamp, source_layout varchar, retry_of_batch_id varchar,
        masked_column_count bigint
    )""",
    """create table if not exists raw.quarantine (
        quarantine_id varchar, batch_id varchar, feed varchar, line bigint, reason varchar, detail varchar,
        raw_text varchar, quarantined_at timestamp, released_at timestamp, released_by_batch_id varchar
    )""",
    """create table if not exists raw.revocations (
        revocation_seq bigint, batch_id varchar, feed varchar, is_undo boolean, reason varchar, revoked_by varchar,
        revoked_at timestamp
    )""",
    "create table if not exists meta.watermarks (feed varchar, published_seq bigint)",
)


def open_build(settings: Settings, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the build file, in UTC, without extensions from the network.

    Makes the file and all landing tables if they are missing, unless `read_only`. Writers hold `writer_lock`.
    Raises WarehouseError when another process has the file open or it cannot be opened.
    """
    path = settings.build_path
    try:
        if not read_only:
            # Raw holds personal data (R20): for the owner's eyes only.
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = duckdb.connect(str(path), read_only=read_only)
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(
            f"{path} could not be opened: {error}\nNothing was changed. If another program has it open, "
            f"close it "
            "and run the command again; read figures from the published file instead."
        ) from None
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set autoinstall_known_extensions = false")
        if not read_only:
            _create_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("begin")
    connection.execute("create schema if not exists raw")
    connection.execute("create schema if not exists meta")
    for statement in _LEDGER_TABLES:
        connection.execute(statement)
    present = set(
        fetch_rows(
            connection, "select table_name, column_name from duckdb_columns() where schema_name = 'raw'"
        )
    )
    if ("batches", "masked_column_count") not in present:
        connection.execute("alter table raw.batches add column masked_column_count bigint")
    for feed in FEEDS.values():
        columns = ", ".join(f"{quote_identifier(name)} varchar" for name in feed.column_names)
        connection.execute(
            f"create table if not exists raw.{feed.name} "
            f"({columns}, _landing_seq bigint, _batch_id varchar, _line bigint, _extra varchar)"
        )
        if (feed.name, "_landing_seq") in present:
            # A column the feed did not have when the file was made.
            for name in feed.column_names:
                if (feed.name, name) not in present:
                    connection.execute(
                        f"alter table raw.{feed.name} add column {quote_identifier(name)} varchar"
                    )
        connection.execute(
            "insert into meta.watermarks select ?, 0 where not exists (from meta.watermarks where feed = ?)",
            [feed.name, feed.name],
        )
    connection.execute("commit")
