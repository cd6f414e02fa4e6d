"""Checking a delivery against the contract: every row good or refused with all that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from ingest.check.drift import refuse_renamed_column, refuse_retyped_column
from ingest.check.forgiving import check_forgivingly
from ingest.check.values import faults_of
from ingest.contract.aliases import Aliases
from ingest.contract.feeds import Column, Feed
from ingest.contract.feeds.declaration import ALIASED_TYPES
from ingest.contract.reasons import ROW_REASONS, VALUE_REASONS
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.shown import shown_value
from ingest.foundation.sql import quote_identifier
from ingest.read.delivery import Delivery, RowReject


@dataclass(frozen=True)
class Checked:
    """A delivery whose rows have been checked: what can land.

    `table` holds the delivery's rows in their order: the feed's columns as they go into raw, `_extra`, `_line` and
    `_reject` (NULL in a good row). `rejects` are the records that the reader or a rule refused. `converted_counts`
    has the columns with values that were brought into the contract's form, and how many of them are in good rows.
    """

    delivery: Delivery
    table: str
    row_count: int
    rejects: tuple[RowReject, ...]
    converted_counts: Mapping[str, int] = field(default_factory=dict)

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Removes the temporary tables of the delivery; the object is of no use afterwards."""
        for table in (self.table, self.delivery.table):
            connection.execute(f"drop table if exists {table}")


def check(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, time_zone: str, aliases: Aliases
) -> Checked:
    """`time_zone` is the zone of instants without one, `aliases` what values may also be called.

    Raises RejectedFile if a column was renamed or retyped.
    """
    table, counts = check_forgivingly(connection, delivery, time_zone, aliases)
    refuse_retyped_column(connection, delivery, table)
    refuse_renamed_column(connection, delivery)
    return Checked(
        delivery,
        table,
        row_count=fetch_value(connection, f"select count(*) from {table}") + len(delivery.rejects),
        rejects=(*delivery.rejects, *_refused_rows(connection, delivery, table)),
        converted_counts=counts,
    )


def _refused_rows(connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: str) -> list[RowReject]:
    found = [
        column
        for column in delivery.feed.columns
        if column.name in delivery.columns and not column.is_personal and column.type != "text"
    ]
    values = "".join(f", delivered.{quote_identifier(column.name)}" for column in found)
    rows = fetch_rows(
        connection,
        f"select checked.{delivery.line}, checked._reject{values} from {table} as checked "
        f"inner join {delivery.table} as delivered on checked.rowid = delivered.rowid "
        "where checked._reject is not null order by checked.rowid",
    )
    if not rows:
        return []
    texts = delivery.raw_texts(connection, [number for number, *_ in rows])
    names = [column.name for column in found]
    rejects = []
    for number, reject, *delivered in rows:
        faults = faults_of(reject)
        by_name = dict(zip(names, delivered, strict=True))
        detail = "; ".join(
            _told(delivery.feed, reason, column, by_name.get(column)) for reason, column in faults
        )
        rejects.append(RowReject(number, faults[0][0], detail, texts[number]))
    return rejects


def _told(feed: Feed, reason: str, name: str, delivered: str | None) -> str:
    """What is wrong with a column, its value where that can be no personal data (R20), and a good one."""
    told = ROW_REASONS[reason]
    if reason not in VALUE_REASONS:
        return f"column {name}: {told}"
    column = next(column for column in feed.columns if column.name == name)
    value = shown_value((delivered or "").strip(), is_code=column.type in ALIASED_TYPES)
    shown = f" '{value}'" if value else ""
    return f"column {name}{shown}: {told}, unlike {_good_value(feed, column)}"


def _good_value(feed: Feed, column: Column) -> str:
    """The column's example, or that of another column of its type."""
    return column.example or next(
        like.example for like in feed.columns if like.type == column.type and like.example
    )
