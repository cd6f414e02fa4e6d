"""CSV: natively where every physical line is one record, record by record where that is not so."""

import csv
import io
import itertools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import NamedTuple

import duckdb

from ingest.contract.feeds import Feed
from ingest.foundation.errors import RejectedFile
from ingest.foundation.sql import quote_text
from ingest.read.delivery import (
    Delivery,
    Header,
    RowReject,
    RowWriter,
    create_counted_rows,
    layout_json,
    match_header,
)
from ingest.read.encoding import TextFile
from ingest.read.lines import is_text, physical_lines, storable

_DELIMITERS = (",", ";", "\t", "|")

# An open quote is followed over this many lines before its first line is given up.
_MAX_RECORD_LINES = 100_000
_MAX_RECORD_TRIES = 200
_MAX_HEADER_LINES = 100

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class _Layout:
    """How the records of one file are made, and on which line the first stands."""

    delimiter: str
    header: Header
    first_data_line: int


def read_csv(connection: duckdb.DuckDBPyConnection, feed: Feed, text: TextFile) -> Delivery:
    """Raises RejectedFile when the header cannot be used."""
    layout = _csv_layout(feed, text)
    header = layout.header
    empty = Delivery(
        feed=feed,
        kind="csv",
        table="",
        columns=tuple(header.known.values()),
        unknown_columns=tuple(header.unknown.values()),
        layout=layout_json(header.found, layout.delimiter),
        may_hold_nul=text.nul_count > 0,
        text=text,
    )
    table = _read_natively(connection, text, layout)
    if table is not None:
        return replace(empty, table=table, line=f"rowid + {layout.first_data_line}")
    return _read_carefully(connection, text, layout, empty)


def _csv_layout(feed: Feed, text_file: TextFile) -> _Layout:
    """From the first line with text; Excel's `sep=;` line is passed over."""
    numbered = enumerate(physical_lines(text_file), start=1)
    for number, line in numbered:
        if not line.strip("\r\n \t") or re.fullmatch(r"sep=.", line.strip(), re.IGNORECASE):
            continue
        if not is_text(line):
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
        return _Layout(delimiter, match_header(feed, names), last + 1)
    raise RejectedFile("empty_file", "the file holds no header; deliver it again or remove it")


def _delimiter(feed: Feed, header: str) -> str:
    """The delimiter that parts most of the contract's columns, else the one that occurs most often."""
    contract = set(feed.column_names)

    def fitness(delimiter: str) -> tuple[int, int]:
        names = [name.strip(' "').lower() for name in header.split(delimiter)]
        return len(contract.intersection(names)), len(names)

    return max(_DELIMITERS, key=fitness)


def _read_natively(connection: duckdb.DuckDBPyConnection, text: TextFile, layout: _Layout) -> str | None:
    """Reads by DuckDB; the table's name. None if that cannot be exact: then nothing is concluded from what it read.

    Exact means: every physical line is one record. Rows then are numbered by their position.
    """
    if not text.has_common_lines:
        return None
    columns = {f"c{position}": "VARCHAR" for position in range(len(layout.header.found))}
    source = (
        f"read_csv({quote_text(str(text.path))}, auto_detect = false, header = false, "
        f"skip = {layout.first_data_line - 1}, delim = {quote_text(layout.delimiter)}, "
        f"quote = '\"', escape = '\"', "
        f"columns = {columns}, strict_mode = true, null_padding = false, max_line_size = 2000000)"
    )
    expressions = {name: f"c{position}" for position, name in layout.header.known.items()}
    extras = {name: f"c{position}" for position, name in layout.header.unknown.items()}
    row_count = text.line_count - layout.first_data_line + 1
    return create_counted_rows(connection, expressions, extras, source, row_count)


def _read_carefully(
    connection: duckdb.DuckDBPyConnection, text_file: TextFile, layout: _Layout, empty: Delivery
) -> Delivery:
    """Record by record, so that quoted line ends, broken quotes, ragged rows and bad bytes have lines."""
    width = len(layout.header.found)
    pick = itemgetter(*layout.header.known)
    writer = RowWriter(connection, empty.columns)
    rejects: list[RowReject] = []
    spans: dict[int, int] = {}
    numbered = itertools.islice(
        enumerate(physical_lines(text_file), start=1), layout.first_data_line - 1, None
    )
    for line, last_line, text, fields, fault in csv_records(numbered, layout.delimiter, width):
        if last_line != line:
            spans[line] = last_line
        if text_file.has_undecodable_lines and not is_text(text):
            detail = "bytes that are no text in this encoding"
            rejects.append(RowReject(line, "undecodable_text", detail, storable(text)))
        elif fault:
            rejects.append(RowReject(line, fault, "the quotes of the record do not pair", text))
        elif len(fields) != width:
            detail = f"{len(fields)} fields, the header has {width}"
            rejects.append(RowReject(line, "ragged_row", detail, text))
        else:
            writer.add((*pick(fields), layout.header.extra(fields), line))
    writer.flush()
    return replace(empty, table=writer.table, rejects=tuple(rejects), spans=spans)


class CsvRecord(NamedTuple):
    """One record: its physical lines, its text without the last line end, its fields or why it has none."""

    line: int
    last_line: int
    text: str
    fields: list[str]
    fault: str | None = None


def csv_records(numbered: Iterator[tuple[int, str]], delimiter: str, width: int) -> Iterator[CsvRecord]:
    """The records of numbered physical lines.

    Blank lines are no records. A quote that does not close, or that closes into a record of another width
    than the header's, costs only its own physical line: reading goes on with the next one.
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
    """(fields, None) or ([], reason) of the text of one record."""
    try:
        # newline='' keeps line ends inside quotes. Blanks before a quote are passed over, as DuckDB does.
        lines = io.StringIO(text, newline="")
        records = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            return [], "unclosed_quote"
        fields = _fields_with_blanks_after_quotes(text, delimiter)
        return (fields, None) if fields else ([], "malformed_quotes")
    return (records[0], None) if len(records) == 1 else ([], "malformed_quotes")


def _fields_with_blanks_after_quotes(text: str, delimiter: str) -> list[str] | None:
    """Fields of a record like `"a" ,b`, which DuckDB reads too; None if more than blanks is wrong with it."""
    escaped = re.escape(delimiter)
    field = re.compile(rf'(?: *"((?:[^"]|"")*)" *|([^"{escaped}][^{escaped}]*)?)({escaped}|\Z)')
    fields: list[str] = []
    position = 0
    while match := field.match(text, position):
        quoted, plain, end = match.groups()
        fields.append(quoted.replace('""', '"') if quoted is not None else plain or "")
        if not end:
            return fields
        position = match.end()
    return None
