"""What the build file remembers between runs: watermarks, as-ofs, definitions, and the history of runs."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.database import attach_new
from ingest.foundation.fetch import fetch_row, fetch_rows, fetch_value
from ingest.foundation.sql import quote_text
from ingest.raw.batches import row_counts
from orchestration.runs import audit

_TABLES = (
    "create table if not exists meta.watermarks (feed varchar, published_seq bigint)",
    """create table if not exists meta.run_state (
        published_as_of timestamp, lowest_as_of timestamp, highest_as_of timestamp,
        is_full_refresh_unfinished boolean, settings_fingerprint varchar
    )""",
    "create table if not exists meta.definitions (model_name varchar, definition_hash varchar)",
    "create table if not exists meta.landings (batch_count bigint, fingerprint varchar)",
)
# SQL: how many batches the ledger has, and a text that no other ledger gives.
_LEDGER = """
select count(*), md5(coalesce(string_agg(concat_ws('|', batch_id, feed, landed_at), ',' order by batch_id), ''))
from raw.batches
"""
# SQL: the batches withdrawn or restored since the last publication.
REVOKED_SINCE = (
    "select batch_id from raw.revocations inner join meta.watermarks using (feed) "
    "where revocation_seq > published_seq"
)


@dataclass(frozen=True)
class RunState:
    """The last publication, and the range of as-ofs tried since: all of it is affected until the next one."""

    published_as_of: datetime
    lowest_as_of: datetime
    highest_as_of: datetime
    is_full_refresh_unfinished: bool
    settings_fingerprint: str


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that the pipeline keeps in the build file."""
    for schema in ("meta", "changes"):
        connection.execute(f"create schema if not exists {schema}")
    for statement in _TABLES:
        connection.execute(statement)
    # Values of our own, not parameters: for those DuckDB imports pandas, the slowest step of a run that has nothing to do.
    known = {feed for (feed,) in fetch_rows(connection, "select feed from meta.watermarks")}
    for feed in FEEDS:
        if feed not in known:
            connection.execute(f"insert into meta.watermarks values ({quote_text(feed)}, 0)")
    audit.prepare(connection)


def is_prepared(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a run has ever made its tables in the current database."""
    return ("meta", "run_state") in table_columns(connection)


def read(connection: duckdb.DuckDBPyConnection) -> RunState | None:
    """The state left by the last run, None before the first publication."""
    row = fetch_row(connection, "from meta.run_state")
    return RunState(*row) if row else None


def write(connection: duckdb.DuckDBPyConnection, state: RunState) -> None:
    connection.execute("begin")
    connection.execute("delete from meta.run_state")
    connection.execute(
        "insert into meta.run_state values (?, ?, ?, ?, ?)",
        [
            state.published_as_of,
            state.lowest_as_of,
            state.highest_as_of,
            state.is_full_refresh_unfinished,
            state.settings_fingerprint,
        ],
    )
    connection.execute("commit")


def pending_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows landed, withdrawn or restored since the last publication, for each feed that has any.

    Read from the ledger, as a batch is pending whole. A withdrawn batch without an accepted row counts with 0: the ledger and
    the quarantine say otherwise now.
    """
    return dict(
        fetch_rows(
            connection,
            f"""
            select feed, cast(sum(rows_accepted) as bigint)
            from raw.batches inner join meta.watermarks using (feed)
            where last_landing_seq > published_seq or batch_id in ({REVOKED_SINCE})
            group by feed order by feed
            """,
        )
    )


def has_landed(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether anything landed, was refused or withdrawn since the last publication."""
    noted = fetch_value(connection, "select batch_count from meta.landings")
    return noted != fetch_value(connection, "select count(*) from raw.batches") or bool(
        pending_rows(connection)
    )


def has_only_revoked(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether something was withdrawn or restored since the last publication, and nothing else landed."""
    others = fetch_value(
        connection,
        "select count(*) from raw.batches inner join meta.watermarks using (feed) "
        f"where last_landing_seq > published_seq and batch_id not in ({REVOKED_SINCE})",
    )
    return not others and bool(fetch_value(connection, f"select count(*) from ({REVOKED_SINCE})"))


def raw_row_count(connection: duckdb.DuckDBPyConnection) -> int:
    """All rows ever landed."""
    return sum(row_counts(connection).values())


def mark_published(
    connection: duckdb.DuckDBPyConnection, state: RunState, definitions: dict[str, str] | None
) -> None:
    """Move the watermarks over all raw rows and revocations and forget what was pending; one transaction.

    `definitions` are the hashes of the models when every table was just built by them, None after an increment.
    """
    connection.execute("begin")
    connection.execute(
        """
        update meta.watermarks set published_seq = greatest(
            published_seq,
            (select max(last_landing_seq) from raw.batches as b where b.feed = watermarks.feed),
            (select max(revocation_seq) from raw.revocations as v where v.feed = watermarks.feed)
        )
        """
    )
    connection.execute("delete from meta.landings")
    connection.execute(f"insert into meta.landings {_LEDGER}")
    if definitions is not None:
        connection.execute("delete from meta.definitions")
        connection.executemany("insert into meta.definitions values (?, ?)", list(definitions.items()))
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'changes' and database_name = current_database()"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f'drop table changes."{table}"')
    connection.execute("commit")
    write(connection, state)


def is_raw_whole(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the raw file still has every batch that it had at the last publication, in the same order."""
    # An earlier version of the program did not note it.
    is_noted = ("meta", "landings") in table_columns(connection)
    known = fetch_row(connection, "from meta.landings") if is_noted else None
    if known is None:
        return True
    found = fetch_row(
        connection,
        f"{_LEDGER} where batch_id in (from raw.batches select batch_id order by 1 limit {known[0]})",
    )
    return found == known


def last_run_id(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The run that published last, None before the first publication."""
    run_id: str | None = fetch_value(
        connection, "select run_id from audit.runs order by published_at desc, run_id desc limit 1"
    )
    return run_id


def definition_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """By model, the hash of the definition that its table was last built in full by."""
    return dict(fetch_rows(connection, "select model_name, definition_hash from meta.definitions"))


def has_changes(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a run has changed tables and has not published."""
    return any(schema == "changes" for schema, _ in table_columns(connection))


def table_columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """(schema, name) of every table in the build file, with its columns in order."""
    rows = connection.execute(
        "select schema_name, table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = current_database() group by all"
    ).fetchall()
    return {(schema, table): columns for schema, table, columns in rows}


def columns_of(connection: duckdb.DuckDBPyConnection, database: str, schema: str, table: str) -> list[str]:
    """The columns of one table of an attached database, none where there is no such table."""
    rows = fetch_rows(
        connection,
        "select column_name from duckdb_columns() where database_name = ? and schema_name = ? and table_name = ?",
        [database, schema, table],
    )
    return [column for (column,) in rows]


def copy_kept(source_path: Path, target_path: Path) -> None:
    """Copy into a fresh build file what dbt does not build: state and audit history."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {quote_text(str(source_path))} as source (read_only)")
        attach_new(connection, target_path, "target")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'source' and "
            "(schema_name = 'meta' or (schema_name = 'audit' and table_name in ?))",
            [list(audit.KEPT_TABLES)],
        ).fetchall()
        for schema in ("meta", "audit", "changes"):
            connection.execute(f"create schema target.{schema}")
        for schema, table in tables:
            connection.execute(f'create table target.{schema}."{table}" as from source.{schema}."{table}"')
