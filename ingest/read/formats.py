"""Any staged file to the one shape that is landed (`ingest.incoming`)."""

import duckdb

from ingest.csv_reader import read_csv
from ingest.feeds import Feed
from ingest.files import StagedFile
from ingest.incoming import Incoming, RowReject
from ingest.jsonl_reader import read_jsonl
from ingest.table_reader import read_parquet, read_relation

__all__ = ["Incoming", "RowReject", "read_relation", "read_staged"]

_READERS = {"csv": read_csv, "jsonl": read_jsonl, "parquet": read_parquet}


def read_staged(connection: duckdb.DuckDBPyConnection, feed: Feed, staged: StagedFile) -> Incoming:
    """Makes `INCOMING` from a staged file. Raises RejectedFile when the file as a whole cannot be read."""
    return _READERS[staged.kind](connection, feed, staged)
