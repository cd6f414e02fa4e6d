"""JSON Lines: plain objects by DuckDB, the others one by one."""

from collections.abc import Collection
from itertools import islice

import duckdb

from ingest.contract.feeds import Feed
from ingest.foundation.errors import RejectedFile
from ingest.foundation.fetch import fetch_value
from ingest.read.delivery import Delivery, RowReject, RowWriter, layout_json, match_header
from ingest.read.encoding import TextFile
from ingest.read.json_row import JsonRowParser, RowFault
from ingest.read.lines import is_text, physical_lines, storable
from ingest.read.plain_json import PlainRows, read_plain_rows, with_other_rows

# The first lines tell which keys the objects of a file have.
_SAMPLE_LINES = 1_000


def read_jsonl(connection: duckdb.DuckDBPyConnection, feed: Feed, text: TextFile) -> Delivery:
    """Raises RejectedFile for an array, a file without records, and missing required columns."""
    _refuse_what_is_no_jsonl(text)
    parser = JsonRowParser(feed)
    plain = _read_plain_rows(connection, text, parser)
    is_all_plain = False
    if plain is None:
        table, rejects = _read_one_by_one(connection, feed, text, parser, None)
    elif plain.other_lines:
        others, rejects = _read_one_by_one(connection, feed, text, parser, plain.other_lines)
        table = with_other_rows(connection, plain, others)
    else:
        table, rejects, is_all_plain = plain.table, [], True
    occurred = set(parser.columns.values())
    present = tuple(name for name in feed.column_names if name in occurred)
    unknown = tuple(name for name, column in parser.columns.items() if column is None and is_text(name))
    if fetch_value(connection, f"select count(*) from {table}"):
        match_header(feed, [*present, *unknown])
    return Delivery(
        feed=feed,
        kind="jsonl",
        table=table,
        columns=present,
        unknown_columns=unknown,
        line="rowid + 1" if is_all_plain else "_line",
        rejects=tuple(rejects),
        layout=layout_json([*present, *unknown]),
        may_hold_nul=not is_all_plain,
        text=text,
    )


def _refuse_what_is_no_jsonl(text: TextFile) -> None:
    first = next(filter(None, map(_record, physical_lines(text))), None)
    if first is None:
        raise RejectedFile("empty_file", "the file holds no record; deliver it again or remove it")
    if first.startswith("["):
        raise RejectedFile(
            "unreadable_file",
            "it is a JSON array, not JSON Lines; write one object per line, without brackets and commas",
        )


def _record(line: str) -> str:
    return line.strip("\r\n \t\ufeff")


def _read_plain_rows(
    connection: duckdb.DuckDBPyConnection, text: TextFile, parser: JsonRowParser
) -> PlainRows | None:
    """The parser sees the first lines, which says what keys there are; lines with other keys are left to it."""
    if text.has_undecodable_lines:
        return None
    for record in filter(None, map(_record, islice(physical_lines(text), _SAMPLE_LINES))):
        parser.parse(record)
    return read_plain_rows(connection, text, parser.columns)


def _read_one_by_one(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    text: TextFile,
    parser: JsonRowParser,
    wanted: Collection[int] | None,
) -> tuple[str, list[RowReject]]:
    """Reads the wanted lines (None: all) into a table of a delivery; its name, and the records that are no rows."""
    rejects: list[RowReject] = []
    writer = RowWriter(connection, feed.column_names)
    for number, line in enumerate(physical_lines(text), start=1):
        record = _record(line)
        if not record or (wanted is not None and number not in wanted):
            continue
        if text.has_undecodable_lines and not is_text(record):
            detail = "bytes that are no text in this encoding"
            rejects.append(RowReject(number, "undecodable_text", detail, storable(record)))
            continue
        row = parser.parse(record)
        if isinstance(row, RowFault):
            rejects.append(RowReject(number, row.reason, row.detail, storable(record), row.column))
        elif "\\u" in record and not all(
            value is None or is_text(value) for value in (*row.values, row.extra)
        ):
            detail = "an escaped half of a surrogate pair is no text"
            rejects.append(RowReject(number, "undecodable_text", detail, record))
        else:
            writer.add((*row.values, row.extra, number))
    writer.flush()
    return writer.table, rejects
