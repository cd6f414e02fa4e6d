"""What a reader hands over: a table of text columns with line numbers, and the records that are no rows."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any

import duckdb
import pyarrow as pa

from ingest.contract.feeds import Feed
from ingest.foundation.errors import RejectedFile
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.read.stage import StagedFile

INCOMING = "landing_incoming"
CHUNK_ROWS = 50_000


@dataclass(frozen=True)
class RowReject:
    """A record that did not become a row, with everything that was delivered of it."""

    line: int
    reason: str
    detail: str
    raw_text: str
    # The contract's column, if the fault is that its value has not the column's type.
    column: str | None = None


@dataclass
class Incoming:
    """What one file or table delivered.

    The rows are in the temporary table `INCOMING`, in their order, with the contract's columns that were
    found (`columns`), `_extra`, `_line` (empty if it is the row's position plus `line_offset`), and
    `_reader_reject` (`reason|column` if the reader already knows that a value is bad).
    """

    kind: str
    columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    rejects: list[RowReject] = field(default_factory=list)
    line_offset: int | None = None
    # JSON: the columns as delivered and, for CSV, the delimiter: what a quarantined row is read again with.
    layout: str | None = None
    may_hold_nul: bool = True
    # For text: the file, and the records that span several physical lines (first line -> last).
    staged: StagedFile | None = None
    spans: dict[int, int] = field(default_factory=dict)

    def raw_texts(self, connection: duckdb.DuckDBPyConnection, lines: list[int]) -> dict[int, str]:
        """What was delivered, by line number: the lines of a text file, else JSON of the columns."""
        if self.staged is not None:
            return _physical_text(self.staged, lines, self.spans)
        return _json_text(connection, self, lines)


@dataclass(frozen=True)
class Header:
    """The columns of a delivery, matched with the contract's by name (case and surrounding blanks
    ignored)."""

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
    shown = _shown_names(found, bool(known))
    if duplicates and known:
        duplicates_shown = ", ".join(_shown_names(duplicates, True))
        raise RejectedFile(
            "duplicate_column",
            f"the columns {duplicates_shown} occur more than once. Columns found: {', '.join(shown)}. "
            "Give every column its own name and deliver the file again",
        )
    missing = [name for name in feed.required if name not in known.values()]
    if missing:
        listed = ", ".join(shown) if known else "none that this feed knows; is the header row missing?"
        raise RejectedFile(
            "missing_column",
            f"required columns missing: {', '.join(missing)}. Columns found: {listed}. "
            "Add or rename the columns in the export and deliver the file again",
        )
    return Header(tuple(found), known, unknown)


def _shown_names(names: list[str], is_header: bool) -> list[str]:
    """Column names as they may be shown: what is no plain name may be somebody's data in a headless file."""
    if not is_header:
        return []
    return [
        name.strip() if re.fullmatch(r"[\w .()/-]{1,60}", name.strip()) else "(unreadable name)"
        for name in names
    ]


def layout_json(columns: Sequence[str], delimiter: str | None = None) -> str:
    layout: dict[str, Any] = {"columns": list(columns)}
    if delimiter:
        layout["delimiter"] = delimiter
    return json.dumps(layout, ensure_ascii=False)


def create_incoming(
    connection: duckdb.DuckDBPyConnection,
    expressions: dict[str, str],
    extras: dict[str, str],
    source: str,
    *,
    line: str = "null",
    reader_reject: str = "null",
) -> None:
    columns = [f"{expression} as {quote_identifier(name)}" for name, expression in expressions.items()]
    connection.execute(
        f"create or replace temp table {INCOMING} as select {', '.join(columns)}, {_extra(extras)} as "
        f"_extra, "
        f"cast({line} as bigint) as _line, cast({reader_reject} as varchar) as _reader_reject from {source}"
    )


def _extra(extras: dict[str, str]) -> str:
    """SQL for the JSON object of the unknown columns that are not empty; NULL if none is."""
    if not extras:
        return "cast(null as varchar)"
    present = " or ".join(f"{expression} <> ''" for expression in extras.values())
    entries = ", ".join(
        f"case when {expression} <> '' then {quote_text(json.dumps(name, ensure_ascii=False))} || ':' || "
        f"cast(to_json({expression}) as varchar) end"
        for name, expression in extras.items()
    )
    return f"case when {present} then '{{' || concat_ws(',', {entries}) || '}}' end"


class RowWriter:
    """Appends rows of text to `INCOMING` in chunks; for the readers that work in Python."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> None:
        self._connection = connection
        self._schema = pa.schema(
            [(name, pa.string()) for name in (*columns, "_extra")] + [("_line", pa.int64())]
        )
        self._rows: list[tuple[Any, ...]] = []
        declared = ", ".join(f"{quote_identifier(name)} varchar" for name in columns)
        connection.execute(
            f"create or replace temp table {INCOMING} ({declared}{', ' if declared else ''}_extra varchar, "
            "_line bigint, _reader_reject varchar)"
        )

    def add(self, row: tuple[Any, ...]) -> None:
        """`row`: the columns' texts, _extra, _line."""
        self._rows.append(row)
        if len(self._rows) >= CHUNK_ROWS:
            self.flush()

    def flush(self) -> None:
        if not self._rows:
            return
        arrays = [
            pa.array(values, type=field.type)
            for values, field in zip(zip(*self._rows, strict=True), self._schema, strict=True)
        ]
        chunk = pa.Table.from_arrays(arrays, schema=self._schema)
        self._connection.register("landing_chunk", chunk)
        self._connection.execute(f"insert into {INCOMING} select *, null from landing_chunk")
        self._connection.unregister("landing_chunk")
        self._rows = []


# lines


def physical_lines(staged: StagedFile) -> Iterator[str]:
    """Physical lines with their ends; undecodable bytes are lone surrogates."""
    with open(staged.path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from file


def is_text(line: str) -> bool:
    if line.isascii():
        return True
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """Text with undecodable bytes spelt out as \\xNN (they are lone surrogates here)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass" if _has_real_surrogates(text) else "surrogateescape")
        return raw.decode("utf-8", "backslashreplace")
    return text


def _has_real_surrogates(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in text)


def _physical_text(staged: StagedFile, lines: list[int], spans: dict[int, int]) -> dict[int, str]:
    wanted = set(lines)
    texts: dict[int, str] = {}
    numbered = enumerate(physical_lines(staged), start=1)
    for number, line in numbered:
        if number in wanted:
            parts = [line]
            for _ in range(number, spans.get(number, number)):
                parts.append(next(numbered)[1])
            texts[number] = storable("".join(parts).rstrip("\r\n"))
    return texts


def _json_text(connection: duckdb.DuckDBPyConnection, incoming: Incoming, lines: list[int]) -> dict[int, str]:
    line = f"rowid + {incoming.line_offset}" if incoming.line_offset is not None else "_line"
    entries = ", ".join(
        f"{{'key': {quote_text(name)}, 'value': {quote_identifier(name)}}}" for name in incoming.columns
    )
    wanted = pa.table({"line": pa.array(lines, pa.int64())})
    connection.register("landing_wanted", wanted)
    rows = connection.execute(
        f"select {line}, to_json(map_from_entries(list_filter([{entries}], "
        f"lambda entry: entry.value is not null))), _extra from {INCOMING} "
        f"where {line} in (select line from landing_wanted)"
    ).fetchall()
    connection.unregister("landing_wanted")
    texts: dict[int, str] = {}
    for number, known, extra in rows:
        merged = {**json.loads(known), **(json.loads(extra) if extra else {})}
        texts[number] = json.dumps(merged, ensure_ascii=False)
    return texts
