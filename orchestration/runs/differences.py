"""Cell by cell differences between two states of the published tables."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from ingest.foundation.fetch import fetch_value
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue.tables import MARTS, PublishedTable


def attach(connection: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
    """Attach a database file for reading."""
    connection.execute(f"attach {quote_text(str(path))} as {alias} (read_only)")


def columns_of(connection: duckdb.DuckDBPyConnection, alias: str) -> dict[str, list[str]]:
    """Columns of every mart in an attached database; a mart it lacks is absent."""
    rows = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = ? and schema_name = 'marts' group by table_name",
        [alias],
    ).fetchall()
    return dict(rows)


def common_tables(
    connection: duckdb.DuckDBPyConnection, before: str, after: str
) -> Iterable[tuple[PublishedTable, list[str]]]:
    """The marts both databases have with the same key, and the value columns both have."""
    columns_before, columns_after = columns_of(connection, before), columns_of(connection, after)
    for table in MARTS.values():
        shared = [
            name
            for name in columns_after.get(table.name, [])
            if name in set(columns_before.get(table.name, []))
        ]
        if set(table.key) <= set(shared):
            yield table, [name for name in shared if name not in table.key]


def differences_sql(table: PublishedTable, value_columns: list[str], before: str, after: str) -> str:
    """SQL giving one row per differing cell: table_name, key (JSON text), row_date, row_change
    (new, gone, changed), column_name, before_value, after_value.

    A row that only one side has differs in every cell; the other side's values are NULL.
    """
    name = f"marts.{quote_identifier(table.name)}"
    keys = ", ".join(quote_identifier(column) for column in table.key)
    every = ", ".join(quote_identifier(column) for column in (*table.key, *value_columns))
    key_json = ", ".join(
        f"{quote_text(column)}: coalesce(b.{quote_identifier(column)}, a.{quote_identifier(column)})"
        for column in table.key
    )
    row_date = (
        f"cast(coalesce(b.{quote_identifier(table.date_column)}, a.{quote_identifier(table.date_column)}) as date)"
        if table.date_column
        else "cast(null as date)"
    )
    cells = " union all ".join(
        f"select key, row_date, row_change, {quote_text(column)} as column_name, "
        f"cast(b_{index} as varchar) as before_value, cast(a_{index} as varchar) as after_value "
        f"from paired where b_{index} is distinct from a_{index}"
        for index, column in enumerate(value_columns)
    )
    values = ", ".join(
        f"b.{quote_identifier(column)} as b_{index}, a.{quote_identifier(column)} as a_{index}"
        for index, column in enumerate(value_columns)
    )
    return f"""
        with b as (select {every}, true as present from {before}.{name} except all select {every}, true from {after}.{name}),
        a as (select {every}, true as present from {after}.{name} except all select {every}, true from {before}.{name}),
        paired as (
            select cast(to_json({{{key_json}}}) as varchar) as key, {row_date} as row_date,
                case when b.present is null then 'new' when a.present is null then 'gone' else 'changed' end as row_change,
                {values}
            from b full outer join a using ({keys})
        )
        select {quote_text(table.name)} as table_name, * from ({cells})
    """


def row_count(connection: duckdb.DuckDBPyConnection, alias: str, table: PublishedTable) -> int:
    count: int = fetch_value(connection, f"select count(*) from {alias}.marts.{quote_identifier(table.name)}")
    return count
