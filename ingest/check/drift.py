"""Schema drift: recognising a column that was renamed or whose meaning changed, before such a file lands."""

import difflib
from collections import Counter

import duckdb

from ingest.check.values import faults_of, fitting_counts
from ingest.contract.feeds import Column
from ingest.contract.reasons import TYPE_REASONS
from ingest.foundation.errors import RejectedFile
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.shown import shown_code
from ingest.foundation.sql import quote_identifier
from ingest.raw.batches import columns_of_last_batch
from ingest.read.delivery import Delivery

# From so many values on, this share of unreadable ones means that the column changed, not that rows are bad.
_RETYPED_MINIMUM_VALUES = 20
_RETYPED_SHARE = 0.5
# Instants and dates are recognised by their values alone; numbers and flags only together with a similar
# name.
_TELLING_TYPES = frozenset({"instant", "date"})
_TEXT_TYPES = frozenset({"text", "open_code", "upper"})
_NAME_SIMILARITY = 0.6
_COMMON_NAME_PARTS = frozenset({"cny", "at", "is", "g", "mm", "id", "no", "date", "code"})


def refuse_retyped_column(connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: str) -> None:
    """Raises RejectedFile if most values of one column cannot be read as its type. `table`: the checked rows."""
    failures: Counter[str] = Counter()
    for reject, count in fetch_rows(
        connection, f"select _reject, count(*) from {table} where _reject is not null group by all"
    ):
        for reason, name in faults_of(reject):
            if reason in TYPE_REASONS:
                failures[name] += count
    failures.update(reject.column for reject in delivery.rejects if reject.column)
    for column in delivery.feed.columns:
        failed = failures[column.name]
        if not failed:
            continue
        readable = fetch_value(connection, f"select count({quote_identifier(column.name)}) from {table}")
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


def refuse_renamed_column(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Raises RejectedFile if an optional column of the last delivery is gone and a new one holds its kind of
    values.

    Without this, an export that renames `succeeded_at` would land and its payments would count nowhere.
    """
    feed = delivery.feed
    earlier = columns_of_last_batch(connection, feed.name, delivery.kind)
    gone = [
        column
        for column in feed.columns
        if column.name in earlier and column.name not in delivery.columns and column.type not in _TEXT_TYPES
    ]
    new = [name for name in delivery.unknown_columns if name.strip().lower() not in earlier]
    for column in gone:
        for name in new:
            if column.type not in _TELLING_TYPES and not _is_similar(column.name, name):
                continue
            filled, fitting = fitting_counts(connection, delivery, column, name)
            if filled and filled == fitting:
                raise RejectedFile(
                    "renamed_column",
                    f"column {column.name}, which earlier files of this feed have, is gone, and the new "
                    f"column {shown_code(name)} holds such values. Name it {column.name} and deliver the file again; "
                    f"if it is something else, deliver {column.name} too, empty if it must be",
                )


def _is_similar(column: str, name: str) -> bool:
    cleaned = name.strip().lower()
    shared = set(column.split("_")) & set(cleaned.split("_")) - _COMMON_NAME_PARTS
    return bool(shared) or difflib.SequenceMatcher(None, column, cleaned).ratio() >= _NAME_SIMILARITY
