"""Text, Parquet and tables to one shape: a DuckDB table of text columns with line numbers, and what could not be read."""

import csv
import io
import itertools
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.errors import RejectedFile
from ingest.feeds import Feed
from ingest.files import StagedFile
from ingest.warehouse import quote_identifier, quote_text

INCOMING = "landing_incoming"
CHUNK_ROWS = 50_000
_DELIMITERS = (",", ";", "\t", "|")
# An open quote is followed over this many lines before its first line is given up.
_MAX_RECORD_LINES = 100_000
_MAX_RECORD_TRIES = 200
_MAX_HEADER_LINES = 100

csv.field_size_limit(sys.maxsize)


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

    The rows are in the temporary table `INCOMING`, in their order, with the contract's columns that were found
    (`columns`), `_extra`, `_line` (empty if it is the row's position plus `line_offset`), and `_reader_reject`
    (`reason|column` if the reader already knows that a value is bad).
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
        """The delivered text of rows by line number: physical lines of a text file, else JSON of the columns."""
        if self.staged is not None:
            return _physical_text(self.staged, lines, self.spans)
        return _json_text(connection, self, lines)


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


def read_staged(connection: duckdb.DuckDBPyConnection, feed: Feed, staged: StagedFile) -> Incoming:
    """Makes `INCOMING` from a staged file. Raises RejectedFile when the file as a whole cannot be read."""
    if staged.kind == "csv":
        return _read_csv(connection, feed, staged)
    if staged.kind == "jsonl":
        return _read_jsonl(connection, feed, staged)
    return _read_parquet(connection, feed, staged)


# ---------------------------------------------------------------------------------------------------- text lines


def _lines(staged: StagedFile) -> Iterator[str]:
    """Physical lines with their ends; undecodable bytes are lone surrogates."""
    with open(staged.path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from file


def _is_text(line: str) -> bool:
    if line.isascii():
        return True
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _storable(text: str) -> str:
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
    numbered = enumerate(_lines(staged), start=1)
    for number, line in numbered:
        if number in wanted:
            parts = [line]
            for _ in range(number, spans.get(number, number)):
                parts.append(next(numbered)[1])
            texts[number] = _storable("".join(parts).rstrip("\r\n"))
    return texts


# ----------------------------------------------------------------------------------------------------------- CSV


def _read_csv(connection: duckdb.DuckDBPyConnection, feed: Feed, staged: StagedFile) -> Incoming:
    first_data_line, delimiter, names = _csv_header(feed, staged)
    header = match_header(feed, names)
    incoming = Incoming(
        kind="csv",
        columns=tuple(header.known.values()),
        unknown_columns=tuple(header.unknown.values()),
        layout=_layout(header.found, delimiter),
        may_hold_nul=staged.nul_count > 0,
        staged=staged,
    )
    if not _read_csv_natively(connection, staged, header, delimiter, first_data_line, incoming):
        _read_csv_carefully(connection, staged, header, delimiter, first_data_line, incoming)
    return incoming


def _csv_header(feed: Feed, staged: StagedFile) -> tuple[int, str, list[str]]:
    """(line after the header, delimiter, names). Excel's `sep=;` line and blank lines are passed over."""
    numbered = enumerate(_lines(staged), start=1)
    for number, line in numbered:
        if not line.strip("\r\n \t") or re.fullmatch(r"sep=.", line.strip(), re.IGNORECASE):
            continue
        if not _is_text(line):
            raise RejectedFile(
                "unknown_encoding", "the header is neither UTF-8 nor GB18030 text; export it as UTF-8"
            )
        text = line.rstrip("\r\n")
        delimiter = _delimiter(feed, text)
        names, fault = _csv_fields(text, delimiter)
        last, whole = number, line
        while fault == "unclosed_quote" and last - number < _MAX_HEADER_LINES:
            last, following = next(numbered, (0, ""))
            if not last:
                break
            whole += following
            names, fault = _csv_fields(whole.rstrip("\r\n"), delimiter)
        if fault:
            last, names = number, text.split(delimiter)
        return last + 1, delimiter, names
    raise RejectedFile("empty_file", "the file holds no header; deliver it again or remove it")


def _delimiter(feed: Feed, header: str) -> str:
    """The delimiter that parts most of the contract's columns, else the one that occurs most often."""
    contract = set(feed.column_names)

    def fitness(delimiter: str) -> tuple[int, int]:
        names = [name.strip(' "').lower() for name in header.split(delimiter)]
        return len(contract.intersection(names)), len(names)

    return max(_DELIMITERS, key=fitness)


def _read_csv_natively(
    connection: duckdb.DuckDBPyConnection,
    staged: StagedFile,
    header: Header,
    delimiter: str,
    first_data_line: int,
    incoming: Incoming,
) -> bool:
    """Reads by DuckDB. False if that cannot be exact: then nothing may be concluded from what it read.

    Exact means: every physical line is one record. Rows then are numbered by their position.
    """
    uniform_line_ends = staged.cr_count == staged.crlf_count and staged.crlf_count in (0, staged.lf_count)
    if not uniform_line_ends or staged.has_undecodable_lines or staged.nul_count or not staged.lf_count:
        return False
    line_count = staged.lf_count + (not staged.ends_with_newline)
    columns = {f"c{position}": "VARCHAR" for position in range(len(header.found))}
    source = (
        f"read_csv({quote_text(str(staged.path))}, auto_detect = false, header = false, "
        f"skip = {first_data_line - 1}, delim = {quote_text(delimiter)}, quote = '\"', escape = '\"', "
        f"columns = {columns}, strict_mode = true, null_padding = false, max_line_size = 2000000)"
    )
    expressions = {name: f"c{position}" for position, name in header.known.items()}
    extras = {name: f"c{position}" for position, name in header.unknown.items()}
    try:
        _create_incoming(connection, expressions, extras, source)
    except duckdb.Error:
        return False
    counted = connection.execute(f"select count(*) from {INCOMING}").fetchone()
    if counted is None or counted[0] != line_count - first_data_line + 1:
        return False
    incoming.line_offset = first_data_line
    return True


def _create_incoming(
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
        f"create or replace temp table {INCOMING} as select {', '.join(columns)}, {_extra(extras)} as _extra, "
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


def _read_csv_carefully(
    connection: duckdb.DuckDBPyConnection,
    staged: StagedFile,
    header: Header,
    delimiter: str,
    first_data_line: int,
    incoming: Incoming,
) -> None:
    """Record by record, so that quoted line ends, broken quotes, ragged rows and bad bytes have their lines."""
    width = len(header.found)
    pick = itemgetter(*header.known)
    writer = RowWriter(connection, incoming.columns)
    numbered = itertools.islice(enumerate(_lines(staged), start=1), first_data_line - 1, None)
    for line, last_line, text, fields, fault in csv_records(numbered, delimiter, width):
        if last_line != line:
            incoming.spans[line] = last_line
        if staged.has_undecodable_lines and not _is_text(text):
            detail = "bytes that are no text in this encoding"
            incoming.rejects.append(RowReject(line, "undecodable_text", detail, _storable(text)))
        elif fault:
            incoming.rejects.append(RowReject(line, fault, "the quotes of the record do not pair", text))
        elif len(fields) != width:
            detail = f"{len(fields)} fields, the header has {width}"
            incoming.rejects.append(RowReject(line, "ragged_row", detail, text))
        else:
            writer.add((*pick(fields), header.extra(fields), line))
    writer.flush()


class CsvRecord(NamedTuple):
    """One record: its physical lines, its text without the last line end, its fields or why it has none."""

    line: int
    last_line: int
    text: str
    fields: list[str]
    fault: str | None = None


def csv_records(numbered: Iterator[tuple[int, str]], delimiter: str, width: int) -> Iterator[CsvRecord]:
    """The records of numbered physical lines.

    Blank lines are no records. A quote that does not close, or that closes into a record of another width than the
    header's, costs only its own physical line: reading goes on with the next one.
    """
    pushed_back: list[tuple[int, str]] = []
    while True:
        number, line = pushed_back.pop() if pushed_back else next(numbered, (0, ""))
        if not number:
            return
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        if '"' not in text:
            yield CsvRecord(number, number, text, text.split(delimiter))
            continue
        fields, fault = _csv_fields(text, delimiter)
        if fault != "unclosed_quote":
            yield CsvRecord(number, number, text, fields, fault)
            continue
        lines = [(number, line)]
        whole = text
        tries = 0
        while fault == "unclosed_quote" and len(lines) < _MAX_RECORD_LINES and tries < _MAX_RECORD_TRIES:
            following = pushed_back.pop() if pushed_back else next(numbered, (0, ""))
            if not following[0]:
                break
            lines.append(following)
            if '"' in following[1]:
                tries += 1
                whole = "".join(part for _, part in lines).rstrip("\r\n")
                fields, fault = _csv_fields(whole, delimiter)
        if fault is None and len(fields) == width:
            yield CsvRecord(number, lines[-1][0], whole, fields)
        else:
            pushed_back.extend(reversed(lines[1:]))
            yield CsvRecord(number, number, text, [], "unclosed_quote")


def _csv_fields(text: str, delimiter: str) -> tuple[list[str], str | None]:
    try:
        # newline='' keeps line ends inside quotes as they are.
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return [], "unclosed_quote" if "end of data" in str(error) else "malformed_quotes"
    return (records[0], None) if len(records) == 1 else ([], "malformed_quotes")


# ---------------------------------------------------------------------------------------------------------- JSON


class _NotJson(ValueError):
    pass


def _refuse_constant(name: str) -> str:
    raise _NotJson(f"{name} is not JSON")


# Numbers stay the text they are (10.10, not 10.1); an object is a tuple of its pairs, so that duplicates show.
_DECODER = json.JSONDecoder(
    parse_float=str, parse_int=str, parse_constant=_refuse_constant, object_pairs_hook=tuple
)


def _plain(value: Any) -> Any:
    """Decoded JSON with objects as dicts again."""
    if isinstance(value, tuple):
        return {name: _plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


class JsonRow(NamedTuple):
    """Texts of the contract's columns in their order, and the JSON of the other ones."""

    values: tuple[str | None, ...]
    extra: str | None


class RowFault(NamedTuple):
    """Why a record is no row; the column if that is what is wrong with it."""

    reason: str
    detail: str
    column: str | None = None


_encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PLAIN_TYPES = frozenset((str, type(None)))
_MAX_SHAPES = 10_000


@dataclass(frozen=True)
class _Shape:
    """Where the contract's columns stand in an object with certain keys in a certain order.

    `pick` takes them, in contract order, from the object's values followed by one None.
    """

    pick: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    unknown: tuple[tuple[str, int], ...]
    duplicate: str | None


class JsonRowParser:
    """The text of one JSON object to a row of the feed.

    `seen` are the contract's columns that occurred in any object, `unknown` the other names, in order of occurrence.
    """

    def __init__(self, feed: Feed) -> None:
        self._columns = feed.column_names
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self.seen: set[str] = set()
        self.unknown: dict[str, None] = {}

    def parse(self, text: str) -> JsonRow | RowFault:
        try:
            pairs = _DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            where = f" at character {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            return RowFault("invalid_json", f"not valid JSON{where}")
        if not isinstance(pairs, tuple):
            return RowFault("not_a_json_object", "the line is not a JSON object")
        names, values = zip(*pairs, strict=True) if pairs else ((), ())
        shape = self._shapes.get(names) or self._add_shape(names)
        if shape.duplicate:
            return RowFault("duplicate_json_key", f"{shape.duplicate} occurs twice")
        row = shape.pick((*values, None))
        if not _PLAIN_TYPES.issuperset(map(type, row)):
            for column, value in zip(self._columns, row, strict=True):
                if isinstance(value, list | tuple):
                    return RowFault("nested_value", f"column {column} holds an object or list", column)
            row = tuple(("true" if value else "false") if isinstance(value, bool) else value for value in row)
        extra = {
            name: _plain(values[position])
            for name, position in shape.unknown
            if values[position] not in (None, "")
        }
        return JsonRow(row, _encode_json(extra) if extra else None)

    def _add_shape(self, names: tuple[str, ...]) -> _Shape:
        positions: dict[str, int] = {}
        unknown: dict[str, int] = {}
        duplicate = None
        for position, name in enumerate(names):
            column = name.strip().lower()
            target, key = (positions, column) if column in self._columns else (unknown, name)
            if key in target:
                duplicate = f"column {key}" if target is positions else "an unknown column"
            target[key] = position
        self.seen.update(positions)
        self.unknown.update(dict.fromkeys(unknown))
        shape = _Shape(
            itemgetter(*(positions.get(column, len(names)) for column in self._columns)),
            tuple(unknown.items()),
            duplicate,
        )
        if len(self._shapes) >= _MAX_SHAPES:
            self._shapes.clear()
        self._shapes[names] = shape
        return shape


def _read_jsonl(connection: duckdb.DuckDBPyConnection, feed: Feed, staged: StagedFile) -> Incoming:
    incoming = Incoming(
        kind="jsonl",
        columns=feed.column_names,
        unknown_columns=(),
        may_hold_nul=True,
        staged=staged,
    )
    writer = RowWriter(connection, feed.column_names)
    parser = JsonRowParser(feed)
    is_first = True
    accepted = 0
    for number, line in enumerate(_lines(staged), start=1):
        text = line.strip("\r\n \t\ufeff")
        if not text:
            continue
        if is_first and text.startswith("["):
            raise RejectedFile(
                "unreadable_file",
                "it is a JSON array, not JSON Lines; write one object per line, without brackets and commas between",
            )
        is_first = False
        if staged.has_undecodable_lines and not _is_text(text):
            detail = "bytes that are no text in this encoding"
            incoming.rejects.append(RowReject(number, "undecodable_text", detail, _storable(text)))
            continue
        row = parser.parse(text)
        if isinstance(row, RowFault):
            incoming.rejects.append(RowReject(number, row.reason, row.detail, _storable(text), row.column))
        elif "\\u" in text and not all(
            value is None or _is_text(value) for value in (*row.values, row.extra)
        ):
            detail = "an escaped half of a surrogate pair is no text"
            incoming.rejects.append(RowReject(number, "undecodable_text", detail, text))
        else:
            writer.add((*row.values, row.extra, number))
            accepted += 1
    writer.flush()
    if is_first:
        raise RejectedFile("empty_file", "the file holds no record; deliver it again or remove it")
    present = tuple(name for name in feed.column_names if name in parser.seen)
    incoming.columns = present
    incoming.unknown_columns = tuple(name for name in parser.unknown if _is_text(name))
    if accepted:
        match_header(feed, [*present, *incoming.unknown_columns])
    incoming.layout = _layout([*present, *incoming.unknown_columns])
    return incoming


# ------------------------------------------------------------------------------------------- Parquet and relations


def _read_parquet(connection: duckdb.DuckDBPyConnection, feed: Feed, staged: StagedFile) -> Incoming:
    source = f"read_parquet({quote_text(str(staged.path))}, binary_as_string = true)"
    try:
        names = pq.read_schema(staged.path).names
        described = connection.execute(f"describe select * from {source}").fetchall()
    except (pa.ArrowException, duckdb.Error, OSError) as error:
        raise RejectedFile("unreadable_file", f"not a readable Parquet file: {_first_line(error)}") from None
    header = match_header(feed, list(names))
    try:
        return _read_table(connection, feed, source, header, described, kind="parquet", line_column=None)
    except duckdb.Error as error:
        raise RejectedFile("unreadable_file", f"the Parquet data is damaged: {_first_line(error)}") from None


def read_relation(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    relation: Any,
    kind: str,
    line_column: str | None = None,
) -> Incoming:
    """Makes `INCOMING` from a table: the name of a table or view, a pyarrow Table, a pandas frame or a DuckDB relation.

    `line_column` names the column that holds the rows' line numbers; without one they are numbered from 1.
    """
    if isinstance(relation, str):
        source = quote_identifier(relation)
    else:
        source = "landing_source"
        if type(relation).__module__.startswith("pandas"):
            relation = pa.Table.from_pandas(relation, preserve_index=False)
        connection.register(source, relation)
    try:
        described = connection.execute(f"describe select * from {source}").fetchall()
        header = match_header(feed, [name for name, *_ in described if name != line_column])
        described = [column for column in described if column[0] != line_column]
        return _read_table(connection, feed, source, header, described, kind=kind, line_column=line_column)
    finally:
        if source == "landing_source":
            connection.unregister(source)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _read_table(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    source: str,
    header: Header,
    described: list[tuple[Any, ...]],
    *,
    kind: str,
    line_column: str | None,
) -> Incoming:
    types = {position: str(column[1]) for position, column in enumerate(described)}
    sources = {position: quote_identifier(column[0]) for position, column in enumerate(described)}
    nested = [name for position, name in header.known.items() if _is_nested(types[position])]
    if nested:
        raise RejectedFile(
            "retyped_column",
            f"the columns {', '.join(nested)} hold nested values; the feed {feed.name} needs plain ones",
        )
    expressions = {name: _as_text(sources[at], types[at]) for at, name in header.known.items()}
    extras = {name: _as_text(sources[at], types[at]) for at, name in header.unknown.items()}
    # A float that is no number would pass as the text 'nan' of an identifier.
    infinite = [
        f"when not isfinite({sources[at]}) then 'not_a_number|{name}'"
        for at, name in header.known.items()
        if types[at] in ("FLOAT", "DOUBLE")
    ]
    _create_incoming(
        connection,
        expressions,
        extras,
        source,
        line=quote_identifier(line_column) if line_column else "null",
        reader_reject=f"case {' '.join(infinite)} end" if infinite else "null",
    )
    return Incoming(
        kind=kind,
        columns=tuple(header.known.values()),
        unknown_columns=tuple(header.unknown.values()),
        line_offset=None if line_column else 1,
        layout=_layout(header.found),
    )


def _layout(columns: Sequence[str], delimiter: str | None = None) -> str:
    layout: dict[str, Any] = {"columns": list(columns)}
    if delimiter:
        layout["delimiter"] = delimiter
    return json.dumps(layout, ensure_ascii=False)


def _is_nested(type_: str) -> bool:
    return type_.startswith(("STRUCT", "MAP", "UNION")) or type_.endswith("]")


def _as_text(source: str, type_: str) -> str:
    """SQL for the exact text of a value: decimals with all digits, instants with offset, floats as short as exact."""
    if type_ == "VARCHAR":
        return source
    if _is_nested(type_) or type_ == "JSON":
        return f"cast(to_json({source}) as varchar)"
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"cast(timezone('UTC', {source}) as varchar) || 'Z'"
    if type_ in ("FLOAT", "DOUBLE"):
        text = f"cast({source} as varchar)"
        exact = f"try_cast({text} as decimal(38, 18))"
        plain = f"rtrim(rtrim(cast({exact} as varchar), '0'), '.')"
        return (
            f"case when not contains({text}, 'e') then regexp_replace({text}, '\\.0$', '') "
            f"when isfinite({source}) and cast({exact} as double) = {source} then {plain} else {text} end"
        )
    return f"cast({source} as varchar)"


def _json_text(connection: duckdb.DuckDBPyConnection, incoming: Incoming, lines: list[int]) -> dict[int, str]:
    line = f"rowid + {incoming.line_offset}" if incoming.line_offset is not None else "_line"
    entries = ", ".join(
        f"{{'key': {quote_text(name)}, 'value': {quote_identifier(name)}}}" for name in incoming.columns
    )
    wanted = pa.table({"line": pa.array(lines, pa.int64())})
    connection.register("landing_wanted", wanted)
    rows = connection.execute(
        f"select {line}, to_json(map_from_entries(list_filter([{entries}], lambda entry: entry.value is not null))), "
        f"_extra from {INCOMING} where {line} in (select line from landing_wanted)"
    ).fetchall()
    connection.unregister("landing_wanted")
    texts: dict[int, str] = {}
    for number, known, extra in rows:
        merged = {**json.loads(known), **(json.loads(extra) if extra else {})}
        texts[number] = json.dumps(merged, ensure_ascii=False)
    return texts
