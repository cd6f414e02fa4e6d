"""Any file or table to the one shape that is checked and landed (`ingest.read.delivery`)."""

import duckdb
import pyarrow as pa

from ingest.contract.feeds import Feed
from ingest.foundation.errors import RejectedFile
from ingest.foundation.shown import shown_name
from ingest.read.csv import read_csv
from ingest.read.delivery import Delivery
from ingest.read.encoding import decode
from ingest.read.jsonl import read_jsonl
from ingest.read.names import unknown_format
from ingest.read.publishers import convert_if_known
from ingest.read.stage import Content
from ingest.read.tables import read_parquet, read_relation

_TEXT_READERS = {"csv": read_csv, "jsonl": read_jsonl}


def read(connection: duckdb.DuckDBPyConnection, feed: Feed, content: Content) -> Delivery:
    """Reads a staged file as the feed's own columns, else as the layout of one of the feed's publishers.

    Raises RejectedFile when the file as a whole cannot be read.
    """
    try:
        return _read_as_rows(connection, feed, content)
    except RejectedFile as rejection:
        rows = None
        if content.kind != "parquet" and content.byte_count:
            rows = convert_if_known(feed.publishers, content.path.read_bytes(), shown_name(content.name))
        if rows is None:
            raise rejection from None
    if not rows:
        raise RejectedFile("empty_file", "the table of rates has no row; deliver it again or remove it")
    table = pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in rows[0]})
    return read_relation(connection, feed, table, content.kind or "unknown")


def _read_as_rows(connection: duckdb.DuckDBPyConnection, feed: Feed, content: Content) -> Delivery:
    if content.kind is None:
        raise unknown_format()
    if content.byte_count == 0:
        raise RejectedFile("empty_file", "the file is empty; deliver it again or remove it")
    if content.kind == "parquet":
        return read_parquet(connection, feed, content.path)
    return _TEXT_READERS[content.kind](connection, feed, decode(content.path))
