"""Plain JSON objects, one a line, read by DuckDB: flat, each key once and known beforehand, no escaped quotes."""

import json
from collections.abc import Mapping
from typing import NamedTuple

import duckdb

from ingest.foundation.fetch import fetch_rows
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.read.delivery import create_counted_rows, new_table
from ingest.read.encoding import TextFile

_MAX_KEYS = 500

# Without escaped quotes and backslashes every quote begins or ends a text; and as no text begins with a colon, `":`
# stands behind a key and nowhere else. Escapes of U+0000 to U+000F and of surrogates are left to the parser.
_ESCAPE = (
    r"\\(?:[/bfnrt]|u(?:[1-9a-cA-CefEF][0-9a-fA-F]{3}|0[1-9a-fA-F][0-9a-fA-F]{2}|00[1-9a-fA-F][0-9a-fA-F]"
    r"|[dD][0-7][0-9a-fA-F]{2}))"
)
_TEXT = rf'"(?:(?:[^"\\\x00-\x1f:]|{_ESCAPE})(?:[^"\\\x00-\x1f]|{_ESCAPE})*)?"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_PAIR = rf"{_TEXT}:[ \t]*(?:{_TEXT}|{_NUMBER}|true|false|null)[ \t]*"
_OBJECT = rf"[ \t\r]*\{{[ \t]*{_PAIR}(?:,[ \t]*{_PAIR})*\}}[ \t\r]*"
_NUMBER_OF_A_KEY = r'":[ \t]*(-?[0-9][0-9.eE+-]*)'


class PlainRows(NamedTuple):
    """A table of a row for every physical line, `_is_plain` if it was read, and the numbers of the lines that were not."""

    table: str
    other_lines: frozenset[int]


def read_plain_rows(
    connection: duckdb.DuckDBPyConnection, text: TextFile, columns: Mapping[str, str | None]
) -> PlainRows | None:
    """Reads the objects whose keys are among those of `columns`, which says the contract's column of each, if any.

    None if that cannot be exact: then nothing is concluded from what it read.
    """
    known = {column: name for name, column in columns.items() if column}
    unknown = [name for name, column in columns.items() if not column]
    # DuckDB tells the fields of a struct apart without regard to case.
    fields = {name.casefold() for name in (*known.values(), *unknown)}
    if not text.has_common_lines or not known or not len(fields) == len(columns) <= _MAX_KEYS:
        return None
    value = {name: f"_object.{quote_identifier(name)}" for name in columns}
    table = create_counted_rows(
        connection,
        {**{column: value[name] for column, name in known.items()}, "_is_plain": "_object is not null"},
        {
            name: f"case when cast({value[name]} as varchar) <> '\"\"' then {value[name]} end"
            for name in unknown
        },
        f"(select {_object(columns)} as _object from {_lines(text)})",
        text.line_count,
    )
    if table is None:
        return None
    others = fetch_rows(connection, f"select rowid + 1 from {table} where not _is_plain")
    return PlainRows(table, frozenset(number for (number,) in others))


def with_other_rows(connection: duckdb.DuckDBPyConnection, plain: PlainRows, others: str) -> str:
    """Makes one table of the plain rows and of the table `others`, by `_line`; its name. The two are dropped."""
    table = new_table()
    connection.execute(
        f"create temp table {table} as select * exclude (_is_plain) replace (rowid + 1 as _line) from {plain.table} "
        f"where _is_plain union all by name select * from {others} order by _line"
    )
    for part in (plain.table, others):
        connection.execute(f"drop table {part}")
    return table


def _lines(text: TextFile) -> str:
    """SQL for the physical lines: a column that no byte parts which JSON may hold."""
    return (
        f"read_csv({quote_text(str(text.path))}, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', "
        "columns = {'line': 'VARCHAR'}, strict_mode = true, null_padding = false, max_line_size = 2000000)"
    )


def _object(columns: Mapping[str, str | None]) -> str:
    """SQL for the struct of a line's values, NULL where the line is not plain.

    Numbers are made texts first: they would be read as binary floating point (10.10 as 10.1).
    """
    structure = {name: "VARCHAR" if column else "JSON" for name, column in columns.items()}
    keys = f"[{', '.join(map(quote_text, columns))}]"
    numbers_as_texts = f"""regexp_replace(line, {quote_text(_NUMBER_OF_A_KEY)}, '":"\\1"', 'g')"""
    # One inside the other: parts of an `and` may be tried in any order, and what is no JSON has no keys.
    return (
        f"case when regexp_full_match(line, {quote_text(_OBJECT)}) then case when json_keys(line) = {keys} or ("
        f"list_has_all({keys}, json_keys(line)) and len(list_distinct(json_keys(line))) = len(json_keys(line))) "
        f"then from_json({numbers_as_texts}, {quote_text(json.dumps(structure, ensure_ascii=False))}) end end"
    )
