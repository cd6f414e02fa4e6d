"""Cell by cell differences between two states of the published tables."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import duckdb

from ingest.foundation.fetch import fetch_row, fetch_value
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue.tables import PublishedTable

# One row per changed cell; `cause` is found afterwards.
CHANGED = (
    "create or replace temporary table changed (table_name varchar, key varchar, row_change varchar, "
    "column_name varchar, before_value varchar, after_value varchar, cause varchar)"
)


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
    connection: duckdb.DuckDBPyConnection, tables: Iterable[PublishedTable], before: str, after: str
) -> Iterator[tuple[PublishedTable, list[str]]]:
    """The marts both databases have with the same key, and the value columns both have."""
    columns_before, columns_after = columns_of(connection, before), columns_of(connection, after)
    for table in tables:
        shared = [
            name
            for name in columns_after.get(table.name, [])
            if name in set(columns_before.get(table.name, []))
        ]
        if set(table.key) <= set(shared):
            yield table, [name for name in shared if name not in table.key]


def is_equal(
    connection: duckdb.DuckDBPyConnection,
    table: PublishedTable,
    columns: list[str],
    before: str,
    after: str,
    *,
    outside: str | None = None,
) -> bool:
    """Whether a mart has the same rows in both databases, in whatever order: by a fingerprint, which costs one look at each.

    Two sums over 64 bits of every row: rows that differ would have to agree in both. Rows with a key of the relation `outside`
    are left out.
    """
    names = ", ".join(map(quote_identifier, columns))
    keys = ", ".join(map(quote_identifier, table.key))
    chosen = f" where ({keys}) not in (select {keys} from {outside})" if outside else ""
    told = f"count(*), bit_xor(hash({names})), sum(hash({names}))"
    prints = [
        fetch_row(connection, f"select {told} from {side}.marts.{quote_identifier(table.name)}{chosen}")
        for side in (before, after)
    ]
    return prints[0] == prints[1]


def closed_cells_sql(
    table: PublishedTable,
    value_columns: list[str],
    before: str,
    after: str,
    closed_by: date,
    *,
    among: str | None = None,
) -> str | None:
    """SQL of the differing figures whose period was over on the business date `closed_by` (R21).

    None where the table has none. A row of a sparse mart that comes or goes with a 0 in it says the same as no row.
    `among` is a relation of rows outside whose keys the two do not differ.
    """
    figures = [name for name in value_columns if name in table.measures]
    if table.closes is None or not figures:
        return None
    is_closed = f"{table.closes.first_closed_date('coalesced')} <= date '{closed_by}'"
    differing = _differences_sql(table, figures, before, after, is_closed, among=among)
    return (
        f"select * from ({differing}) where row_change = 'changed' or "
        "coalesce(try_cast(coalesce(after_value, before_value) as decimal(38, 10)), 1) <> 0"
    )


def all_cells_sql(table: PublishedTable, value_columns: list[str], before: str, after: str) -> str:
    """SQL of every differing cell. A row that only one side has differs in each; the other side's values are NULL."""
    return _differences_sql(table, value_columns, before, after, "true", among=None)


def _differences_sql(
    table: PublishedTable,
    value_columns: list[str],
    before: str,
    after: str,
    condition: str,
    *,
    among: str | None,
) -> str:
    """One row per differing cell as in CHANGED, without a cause; row_change is new, gone or changed."""
    name = f"marts.{quote_identifier(table.name)}"
    keys = ", ".join(quote_identifier(column) for column in table.key)
    every = ", ".join(quote_identifier(column) for column in (*table.key, *value_columns))
    # Keys are complete: a data test of every mart says so.
    chosen = f" where ({keys}) in (select {keys} from {among})" if among else ""
    key_json = ", ".join(
        f"{quote_text(column)}: coalesced.{quote_identifier(column)}" for column in table.key
    )
    values = ", ".join(
        f"b.{quote_identifier(column)} as b_{index}, a.{quote_identifier(column)} as a_{index}"
        for index, column in enumerate(value_columns)
    )
    cells = " union all ".join(
        f"select key, row_change, {quote_text(column)} as column_name, "
        f"cast(b_{index} as varchar) as before_value, cast(a_{index} as varchar) as after_value "
        f"from paired where b_{index} is distinct from a_{index}"
        for index, column in enumerate(value_columns)
    )
    return f"""
        with b_rows as (select {every}, true as present from {before}.{name}{chosen}),
        a_rows as (select {every}, true as present from {after}.{name}{chosen}),
        b as (from b_rows except all from a_rows),
        a as (from a_rows except all from b_rows),
        coalesced as (
            select {keys}, b.present as was_present, a.present as is_present, {values}
            from b full outer join a using ({keys})
        ),
        paired as (
            select cast(to_json({{{key_json}}}) as varchar) as key,
                case when was_present is null then 'new' when is_present is null then 'gone' else 'changed' end as row_change,
                * exclude ({keys}, was_present, is_present)
            from coalesced
            where {condition}
        )
        select {quote_text(table.name)} as table_name, *, cast(null as varchar) as cause from ({cells})
    """


def row_count(connection: duckdb.DuckDBPyConnection, alias: str, table: PublishedTable) -> int:
    count: int = fetch_value(connection, f"select count(*) from {alias}.marts.{quote_identifier(table.name)}")
    return count
