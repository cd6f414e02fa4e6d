"""The raw file: what landed, in a file of its own that only landing writes.

Runs and readers open it for reading, so it is whole whatever becomes of the tables that are made from it.
"""

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.database import attach, connect
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from ingest.raw.earlier_layout import is_earlier_layout, take_over_earlier_layout

# The name under which other databases have the raw file attached: `landed.raw.payments`.
CATALOG = "landed"

_LEDGER_TABLES = (
    """create table if not exists raw.batches (
        batch_id varchar, feed varchar, source_name varchar, source_kind varchar, content_hash varchar,
        byte_count bigint, status varchar, rejected_reason varchar, rows_read bigint, rows_accepted bigint,
        rows_quarantined bigint, unknown_columns varchar, first_landing_seq bigint, last_landing_seq bigint,
        source_time_zone varchar, landed_at timestamp, source_layout varchar, retry_of_batch_id varchar,
        masked_column_count bigint, converted_counts varchar, erasure_count bigint
    )""",
    """create table if not exists raw.quarantine (
        quarantine_id varchar, batch_id varchar, feed varchar, line bigint, reason varchar, detail varchar,
        raw_text varchar, quarantined_at timestamp, released_at timestamp, released_by_batch_id varchar
    )""",
    """create table if not exists raw.revocations (
        revocation_seq bigint, batch_id varchar, feed varchar, is_undo boolean, reason varchar, revoked_by varchar,
        revoked_at timestamp
    )""",
    """create table if not exists raw.erasures (
        user_id varchar, row_count bigint, quarantined_count bigint, reason varchar, erased_by varchar, erased_at timestamp
    )""",
)
_LANDING_COLUMNS = ("_landing_seq bigint", "_batch_id varchar", "_line bigint", "_extra varchar")

# Of the ledger: what files of earlier versions do not have.
_LATER_COLUMNS = {"masked_column_count": "bigint", "converted_counts": "varchar", "erasure_count": "bigint"}


def has_raw(settings: Settings) -> bool:
    """Whether anything has landed. Rows that an earlier version kept in the build file are moved into the raw file first.

    Raises WarehouseError when the raw file is gone though something was made from it: nothing begins at nothing there.
    """
    if is_earlier_layout(settings):
        with writer_lock(settings, "move raw rows into a file of their own"):
            take_over_earlier_layout(settings)
    if settings.raw_path.exists():
        return True
    made = [path for path in (settings.build_path, settings.published_path) if path.exists()]
    if made:
        raise WarehouseError(
            f"{settings.raw_path} does not exist, and {made[0]} was made from it: what landed is lost here. Nothing was "
            "changed; readers keep what they have.\nBring it back with `warehouse restore DIR` from a backup, or put a copy of "
            f"the file in its place. Without either, move {' and '.join(str(path.parent) for path in made)} aside and land the "
            "exports again (`warehouse land DIR`)."
        )
    return False


def open_raw(
    settings: Settings, *, read_only: bool = False, wait_seconds: float | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to the raw file, in UTC, without extensions from the network.

    Makes the file and all its tables if they are missing, unless `read_only`. Writers hold `writer_lock`. Waits at most
    `wait_seconds` (default: the setting `lock_wait_seconds`) for whoever has it open. Raises WarehouseError when they still
    have, when it cannot be opened, and when it is gone though something has been built from it.
    """
    if not has_raw(settings):
        if read_only:
            raise WarehouseError(
                f"{settings.raw_path} does not exist: nothing has landed. Nothing was changed. Begin with `warehouse land DIR`, "
                "or name another home with --home."
            )
        _make_folder(settings)
    connection = connect(settings, settings.raw_path, read_only=read_only, wait_seconds=wait_seconds)
    try:
        if not read_only:
            _create_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def attach_raw(
    settings: Settings, connection: duckdb.DuckDBPyConnection, *, wait_seconds: float | None = None
) -> None:
    """Attach the raw file read-only, so that `raw.…` names its tables beside those of the current database.

    To be called where `has_raw`; waits and raises as `open_raw` does.
    """
    attach(settings, connection, settings.raw_path, CATALOG, wait_seconds=wait_seconds)
    (current,) = fetch_rows(connection, "select current_database()")[0]
    connection.execute(f"set search_path = '{current}.main,{CATALOG}.raw'")


def is_up_to_date(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the attached raw file has every table and column that this version of the program reads."""
    present = _columns(connection, CATALOG)
    return all(("batches", name) in present for name in _LATER_COLUMNS) and all(
        (feed.name, name) in present for feed in FEEDS.values() for name in feed.column_names
    )


def _make_folder(settings: Settings) -> None:
    try:
        # Raw holds personal data (R20): for the owner's eyes only.
        settings.raw_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WarehouseError(
            f"{error.filename} could not be opened: {error.strerror}. Nothing was changed. Make the warehouse's home folder "
            "writable, or choose another with --home."
        ) from None


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[tuple[str, str]]:
    rows = fetch_rows(
        connection,
        "select table_name, column_name from duckdb_columns() "
        f"where database_name = '{catalog}' and schema_name = 'raw'",
    )
    return set(rows)


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("begin")
    connection.execute("create schema if not exists raw")
    for statement in _LEDGER_TABLES:
        connection.execute(statement)
    (catalog,) = fetch_rows(connection, "select current_database()")[0]
    present = _columns(connection, catalog)
    for name, kind in _LATER_COLUMNS.items():
        if ("batches", name) not in present:
            connection.execute(f"alter table raw.batches add column {name} {kind}")
    for feed in FEEDS.values():
        columns = [f"{quote_identifier(name)} varchar" for name in feed.column_names]
        connection.execute(
            f"create table if not exists raw.{feed.name} ({', '.join((*columns, *_LANDING_COLUMNS))})"
        )
        if (feed.name, "_landing_seq") in present:
            # A column the feed did not have when the file was made.
            for name in feed.column_names:
                if (feed.name, name) not in present:
                    connection.execute(
                        f"alter table raw.{feed.name} add column {quote_identifier(name)} varchar"
                    )
    connection.execute("commit")
