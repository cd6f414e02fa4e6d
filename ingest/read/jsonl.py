"""JSON Lines: a file of one JSON object a line."""

import duckdb

from ingest.contract.feeds import Feed
from ingest.foundation.errors import RejectedFile
from ingest.read.delivery import Delivery, RowReject, RowWriter, layout_json, match_header
from ingest.read.encoding import TextFile
from ingest.read.json_row import JsonRowParser, RowFault
from ingest.read.lines import is_text, physical_lines, storable


def read_jsonl(connection: duckdb.DuckDBPyConnection, feed: Feed, text_file: TextFile) -> Delivery:
    """Raises RejectedFile for an array, a file without records, and missing required columns."""
    rejects: list[RowReject] = []
    writer = RowWriter(connection, feed.column_names)
    parser = JsonRowParser(feed)
    is_first = True
    accepted = 0
    for number, line in enumerate(physical_lines(text_file), start=1):
        text = line.strip("\r\n \t\ufeff")
        if not text:
            continue
        if is_first and text.startswith("["):
            raise RejectedFile(
                "unreadable_file",
                "it is a JSON array, not JSON Lines; write one object per line, without brackets and commas",
            )
        is_first = False
        if text_file.has_undecodable_lines and not is_text(text):
            detail = "bytes that are no text in this encoding"
            rejects.append(RowReject(number, "undecodable_text", detail, storable(text)))
            continue
        row = parser.parse(text)
        if isinstance(row, RowFault):
            rejects.append(RowReject(number, row.reason, row.detail, storable(text), row.column))
        elif "\\u" in text and not all(value is None or is_text(value) for value in (*row.values, row.extra)):
            detail = "an escaped half of a surrogate pair is no text"
            rejects.append(RowReject(number, "undecodable_text", detail, text))
        else:
            writer.add((*row.values, row.extra, number))
            accepted += 1
    writer.flush()
    if is_first:
        raise RejectedFile("empty_file", "the file holds no record; deliver it again or remove it")
    present = tuple(name for name in feed.column_names if name in parser.seen)
    unknown = tuple(name for name in parser.unknown if is_text(name))
    if accepted:
        match_header(feed, [*present, *unknown])
    return Delivery(
        feed=feed,
        kind="jsonl",
        table=writer.table,
        columns=present,
        unknown_columns=unknown,
        rejects=tuple(rejects),
        layout=layout_json([*present, *unknown]),
        text=text_file,
    )
