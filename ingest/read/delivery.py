"""What a reader hands on: a table of text columns with line numbers, and the records that are no rows."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any

import duckdb
import pyarrow as pa

from ingest.contract.feeds import Feed
from ingest.foundation.errors import RejectedFile
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.shown import shown_code
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.read.encoding import TextFile
from ingest.read.lines import text_of_lines

_CHUNK_ROWS = 50_000
_table_numbers = itertools.count(1)


@dataclass(frozen=True)
class RowReject:
    """A record that did not become a row, with everything that was delivered of it.

    `detail` tells all that is wrong with it, without any value that may be personal.
    """

    line: int
    reason: str
    detail: str
    raw_text: str
    # The contract's column, if the fault is that its value has not the column's type.
    column: str | None = None


@dataclass(frozen=True)
class Delivery:
    """What one file or table delivered of a feed.

    The rows are in the temporary table `table`, in their order: the contract's columns that were found
    (`columns`) as text, `_extra` (JSON of the unknown ones), `_line`, and `_reader_reject` (`reason|column` if
    the reader already knows that a value is bad). `line` is SQL for a row's line number.
    """

    feed: Feed
    kind: str
    table: str
    columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    line: str = "_line"
    rejects: tuple[RowReject, ...] = ()
    # JSON: the columns as delivered and, for CSV, the delimiter: what a quarantined row is read again with.
    layout: str | None = None
    may_hold_nul: bool = True
    # For text: the file, and the records that span several physical lines (first line -> last).
    text: TextFile | None = None
    spans: Mapping[int, int] = field(default_factory=dict)

    def raw_texts(self, connection: duckdb.DuckDBPyConnection, lines: list[int]) -> dict[int, str]:
        """What was delivered, by line number: the lines of a text file, else JSON of the columns."""
        if self.text is not None:
            return text_of_lines(self.text, lines, self.spans)
        return _json_of_rows(connection, self, lines)


def new_table() -> str:
    """A name for the temporary table of a delivery; two deliveries never share one."""
    return f"delivery_{next(_table_numbers)}"


@dataclass(frozen=True)
class Header:
    """The columns of a delivery, matched with the contract's by name (case and surrounding blanks ignored)."""

    found: tuple[str, ...]
    known: dict[int, str]
    unknown: dict[int, str]

    def extra(self, fields: list[str]) -> str | None:
        """JSON of the unknown columns of a CSV record that are not empty."""
        entries = [
            f"{encode_basestring(name)}:{encode_basestring(fields[position])}"
            for position, name in self.unknown.items()
            if fields[position]
        ]
        return f"{{{','.join(entries)}}}" if entries else None


def match_header(feed: Feed, found: list[str]) -> Header:
    """Raises RejectedFile for a duplicate name or a missing required column."""
    contract = {name.lower(): name for name in feed.column_names}
    known: dict[int, str] = {}
    unknown: dict[int, str] = {}
    for position, name in enumerate(found):
        cleaned = name.strip().strip("\ufeff").strip()
        if cleaned.lower() in contract:
            known[position] = contract[cleaned.lower()]
        else:
            unknown[position] = cleaned or f"column_{position + 1}"
    names = [*known.values(), *(name.lower() for name in unknown.values())]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates and known:
        raise RejectedFile(
            "duplicate_column",
            f"the columns {_shown(duplicates)} occur more than once. Columns found: {_shown(found)}. "
            "Give every column its own name and deliver the file again",
        )
    missing = [name for name in feed.required if name not in known.values()]
    if missing:
        # The first row of a file without a header may be somebody's data.
        listed = _shown(found) if known else "none that this feed knows; is the header row missing?"
        raise RejectedFile(
            "missing_column",
            f"required columns missing: {', '.join(missing)}. Columns found: {listed}. "
            "Add or rename the columns in the export and deliver the file again",
        )
    return Header(tuple(found), known, unknown)


def _shown(names: Sequence[str]) -> str:
    return ", ".join(shown_code(name.strip()) for name in names)


def layout_json(columns: Sequence[str], delimiter: str | None = None) -> str:
    layout: dict[str, Any] = {"columns": list(columns)}
    if delimiter:
        layout["delimiter"] = delimiter
    return json.dumps(layout, ensure_ascii=False)


def create_rows(
    connection: duckdb.DuckDBPyConnection,
    expressions: dict[str, str],
    extras: dict[str, str],
    source: str,
    *,
    line: str = "null",
    reader_reject: str = "null",
) -> str:
    """Makes the table of a delivery from SQL: known columns, unknown columns, and what they come from.

    Returns its name.
    """
    table = new_table()
    columns = [f"{expression} as {quote_identifier(name)}" for name, expression in expressions.items()]
    connection.execute(
        f"create temp table {table} as select {', '.join(columns)}, {_extra(extras)} as _extra, "
        f"cast({line} as bigint) as _line, cast({reader_reject} as varchar) as _reader_reject from {source}"
    )
    return table


def create_counted_rows(
    connection: duckdb.DuckDBPyConnection,
    expressions: dict[str, str],
    extras: dict[str, str],
    source: str,
    row_count: int,
) -> str | None:
    """`create_rows`; None, and no table, if the source cannot be read or gives another number of rows."""
    try:
        table = create_rows(connection, expressions, extras, source)
    except duckdb.Error:
        return None
    if fetch_value(connection, f"select count(*) from {table}") != row_count:
        connection.execute(f"drop table {table}")
        return None
    return table


def _extra(extras: dict[str, str]) -> str:
    """SQL for the JSON object of the unknown columns that are not empty; NULL if none is."""
    if not extras:
        return "cast(null as varchar)"
    is_said = {name: f"cast({expression} as varchar) <> ''" for name, expression in extras.items()}
    entries = ", ".join(
        f"case when {is_said[name]} then {quote_text(json.dumps(name, ensure_ascii=False))} || ':' || "
        f"cast(to_json({expression}) as varchar) end"
        for name, expression in extras.items()
    )
    return f"case when {' or '.join(is_said.values())} then '{{' || concat_ws(',', {entries}) || '}}' end"


class RowWriter:
    """Writes rows of text into the table of a delivery in chunks; for the readers that work in Python."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> None:
        self.table = new_table()
        self._connection = connection
        self._schema = pa.schema(
            [(name, pa.string()) for name in (*columns, "_extra")] + [("_line", pa.int64())]
        )
        self._rows: list[tuple[Any, ...]] = []
        declared = ", ".join(f"{quote_identifier(name)} varchar" for name in columns)
        connection.execute(
            f"create temp table {self.table} ({declared}{', ' if declared else ''}_extra varchar, "
            "_line bigint, _reader_reject varchar)"
        )

    def add(self, row: tuple[Any, ...]) -> None:
        """`row`: the columns' texts, _extra, _line."""
        self._rows.append(row)
        if len(self._rows) >= _CHUNK_ROWS:
            self.flush()

    def flush(self) -> None:
        if not self._rows:
            return
        arrays = [
            pa.array(values, type=field.type)
            for values, field in zip(zip(*self._rows, strict=True), self._schema, strict=True)
        ]
        chunk = f"{self.table}_chunk"
        self._connection.register(chunk, pa.Table.from_arrays(arrays, schema=self._schema))
        self._connection.execute(f"insert into {self.table} select *, null from {chunk}")
        self._connection.unregister(chunk)
        self._rows = []


def _json_of_rows(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, lines: list[int]
) -> dict[int, str]:
    entries = ", ".join(
        f"{{'key': {quote_text(name)}, 'value': {quote_identifier(name)}}}" for name in delivery.columns
    )
    wanted = f"{delivery.table}_wanted"
    connection.register(wanted, pa.table({"line": pa.array(lines, pa.int64())}))
    rows = fetch_rows(
        connection,
        f"select {delivery.line}, to_json(map_from_entries(list_filter([{entries}], "
        f"lambda entry: entry.value is not null))), _extra from {delivery.table} "
        f"where {delivery.line} in (select line from {wanted})",
    )
    connection.unregister(wanted)
    texts: dict[int, str] = {}
    for number, known, extra in rows:
        merged = {**json.loads(known), **(json.loads(extra) if extra else {})}
        texts[number] = json.dumps(merged, ensure_ascii=False)
    return texts
