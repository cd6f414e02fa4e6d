"""The tables of a live database as far as a mapping can be drafted from them: columns, types, comments, keys, codes."""

from dataclasses import dataclass
from typing import Any

import duckdb

from ingest.databases.dialects import Dialect

# A column with more different values than this holds no codes.
_MAX_CODES = 40

_COLUMNS_OF = {
    "sqlite": (
        "select m.name as table_name, p.name as column_name, p.type as type, '' as comment, cast(p.pk > 0 as text) as is_key "
        "from sqlite_master as m, pragma_table_info(m.name) as p where m.type in ('table', 'view') order by m.name, p.cid"
    ),
    "mysql": (
        "select table_name as table_name, column_name as column_name, cast(column_type as char) as type, "
        "cast(column_comment as char) as comment, case when column_key = 'PRI' then '1' else '0' end as is_key "
        "from information_schema.columns where table_schema = database() order by table_name, ordinal_position"
    ),
    "postgres": (
        "select case when n.nspname = 'public' then c.relname else n.nspname || '.' || c.relname end::text as table_name, "
        "a.attname::text as column_name, format_type(a.atttypid, a.atttypmod)::text as type, "
        "coalesce(col_description(c.oid, a.attnum), '')::text as comment, "
        "case when exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary "
        "and a.attnum = any (i.indkey)) then '1' else '0' end as is_key "
        "from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
        "where c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped "
        "and n.nspname not in ('pg_catalog', 'information_schema') order by 1, a.attnum"
    ),
}


@dataclass(frozen=True)
class SourceColumn:
    """One column of a table at the source; `type` is the server's own word for it, in lower case."""

    name: str
    type: str
    comment: str
    is_key: bool

    @property
    def is_whole_number(self) -> bool:
        return "int" in self.type and "interval" not in self.type


@dataclass(frozen=True)
class SourceTable:
    """One table or view at the source, its columns in their order."""

    name: str
    columns: tuple[SourceColumn, ...]

    def column(self, name: str) -> SourceColumn | None:
        """The column of this name in any case."""
        return next((column for column in self.columns if column.name.lower() == name), None)


def read_schema(connection: duckdb.DuckDBPyConnection, dialect: Dialect) -> list[SourceTable]:
    """Every table and view of the attached database, by name."""
    tables: dict[str, list[SourceColumn]] = {}
    for table, name, type_, comment, is_key in _rows(connection, dialect, _COLUMNS_OF[dialect.kind]):
        column = SourceColumn(name, type_.lower(), " ".join((comment or "").split()), is_key == "1")
        tables.setdefault(table, []).append(column)
    return [SourceTable(name, tuple(columns)) for name, columns in tables.items()]


def read_codes(
    connection: duckdb.DuckDBPyConnection, dialect: Dialect, table: str, column: str, where: str | None
) -> list[str]:
    """The different values of a column of codes, in their order; none if there are too many to be codes."""
    text = dialect.text(dialect.quoted(column))
    condition = f" and ({where})" if where else ""
    rows = _rows(
        connection,
        dialect,
        f"select distinct {text} as code from {dialect.quoted(table)} "
        f"where {dialect.quoted(column)} is not null{condition} limit {_MAX_CODES + 1}",
    )
    return sorted(code for (code,) in rows) if len(rows) <= _MAX_CODES else []


def _rows(connection: duckdb.DuckDBPyConnection, dialect: Dialect, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"select * from {dialect.rows(query)}").fetchall()
