"""Any staged file to the one shape that is landed (`ingest.read.delivery`)."""

import duckdb

from ingest.contract.feeds import Feed
from ingest.read.csv import read_csv
from ingest.read.delivery import Incoming, RowReject
from ingest.read.jsonl import read_jsonl
from ingest.read.stage import StagedFile
from ingest.read.tables import read_parquet, read_relation

__all__ = ["Incoming", "RowReject", "read_relation", "read_staged"]

_READERS = {"csv": read_csv, "jsonl": read_jsonl, "parquet": read_parquet}


def read_staged(connection: duckdb.DuckDBPyConnection, feed: Feed, staged: StagedFile) -> Incoming:
    """Makes `INCOMING` from a staged file. Raises RejectedFile when the file as a whole cannot be read."""
    return _READERS[staged.kind](connection, feed, staged)
