"""Schema drift: recognising a column that was renamed or whose meaning changed, before such a file lands."""

import difflib
import json
from collections import Counter

import duckdb

from ingest.check.values import CHECKED, fitting_counts
from ingest.contract.feeds import Column, Feed
from ingest.contract.reasons import TYPE_REASONS
from ingest.foundation.errors import RejectedFile
from ingest.foundation.sql import quote_identifier
from ingest.land.ledger import one
from ingest.read.delivery import Incoming

# From so many values on, this share of unreadable ones means that the column changed, not that rows are bad.
_RETYPED_MINIMUM_VALUES = 20
_RETYPED_SHARE = 0.5
# Instants and dates are recognised by their values alone; numbers and flags only together with a similar
# name.
_TELLING_TYPES = frozenset({"instant", "date"})
_TEXT_TYPES = frozenset({"text", "upper"})
_NAME_SIMILARITY = 0.6
_COMMON_NAME_PARTS = frozenset({"cny", "at", "is", "g", "mm", "id", "no", "date", "code"})


def refuse_retyped_column(connection: duckdb.DuckDBPyConnection, feed: Feed, incoming: Incoming) -> None:
    """Raises RejectedFile if most values of one column cannot be read as its type."""
    failures: Counter[str] = Counter()
    for reject, count in connection.execute(
        f"select _reject, count(*) from {CHECKED} where _reject is not null group by all"
    ).fetchall():
        reason, column = reject.split("|")
        if reason in TYPE_REASONS:
            failures[column] += count
    failures.update(reject.column for reject in incoming.rejects if reject.column)
    for column in feed.columns:
        failed = failures[column.name]
        if not failed:
            continue
        readable = one(connection, f"select count({quote_identifier(column.name)}) from {CHECKED}")
        # Where the value is kept as it is, the unreadable ones are among those counted.
        present = max(readable, failed) if _keeps_unreadable(column) else readable + failed
        if present >= _RETYPED_MINIMUM_VALUES and failed >= present * _RETYPED_SHARE:
            raise RejectedFile(
                "retyped_column",
                f"{failed} of {present} values of column {column.name} cannot be read as {column.type}: the "
                "column's meaning or format has changed. Correct the export (or its mapping) and deliver the "
                "file again",
            )


def _keeps_unreadable(column: Column) -> bool:
    return column.type not in ("instant", "date", "integer", "boolean")


def refuse_renamed_column(connection: duckdb.DuckDBPyConnection, feed: Feed, incoming: Incoming) -> None:
    """Raises RejectedFile if an optional column of the last delivery is gone and a new one holds its kind of
    values.

    Without this, an export that renames `succeeded_at` would land and its payments would count nowhere.
    """
    earlier = _columns_of_last_batch(connection, feed, incoming.kind)
    gone = [
        column
        for column in feed.columns
        if column.name in earlier and column.name not in incoming.columns and column.type not in _TEXT_TYPES
    ]
    new = [name for name in incoming.unknown_columns if name.strip().lower() not in earlier]
    for column in gone:
        for name in new:
            if column.type not in _TELLING_TYPES and not _is_similar(column.name, name):
                continue
            filled, fitting = fitting_counts(connection, feed, column, name)
            if filled and filled == fitting:
                raise RejectedFile(
                    "renamed_column",
                    f"column {column.name}, which earlier files of this feed have, is gone, and the new "
                    f"column "
                    f"{name} holds such values. Name it {column.name} and deliver the file again; if it is "
                    f"something else, deliver {column.name} too, empty if it must be",
                )


def _columns_of_last_batch(connection: duckdb.DuckDBPyConnection, feed: Feed, kind: str) -> set[str]:
    row = connection.execute(
        "select source_layout from raw.batches where feed = ? and source_kind = ? and status = 'landed' "
        "and source_layout is not null and rows_read > 0 order by batch_id desc limit 1",
        [feed.name, kind],
    ).fetchone()
    return {name.strip().lower() for name in json.loads(row[0])["columns"]} if row else set()


def _is_similar(column: str, name: str) -> bool:
    cleaned = name.strip().lower()
    shared = set(column.split("_")) & set(cleaned.split("_")) - _COMMON_NAME_PARTS
    return bool(shared) or difflib.SequenceMatcher(None, column, cleaned).ratio() >= _NAME_SIMILARITY
