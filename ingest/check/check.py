"""Checking a delivery against the contract: every row good or refused with all that is wrong with it."""

from dataclasses import dataclass

import duckdb

from ingest.check.drift import refuse_renamed_column, refuse_retyped_column
from ingest.check.values import check_values, faults_of
from ingest.contract.reasons import ROW_REASONS
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.shown import looks_like_code
from ingest.foundation.sql import quote_identifier
from ingest.read.delivery import Delivery, RowReject


@dataclass(frozen=True)
class Checked:
    """A delivery whose rows have been checked: what can land.

    `table` holds the delivery's rows in their order: the feed's columns as they go into raw, `_extra`, `_line` and
    `_reject` (NULL in a good row). `rejects` are the records that the reader or a rule refused.
    """

    delivery: Delivery
    table: str
    row_count: int
    rejects: tuple[RowReject, ...]

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Removes the temporary tables of the delivery; the object is of no use afterwards."""
        for table in (self.table, self.delivery.table):
            connection.execute(f"drop table if exists {table}")


def check(connection: duckdb.DuckDBPyConnection, delivery: Delivery, time_zone: str) -> Checked:
    """`time_zone` is the zone of instants without one. Raises RejectedFile if a column was renamed or retyped."""
    table = check_values(connection, delivery, time_zone)
    refuse_retyped_column(connection, delivery, table)
    refuse_renamed_column(connection, delivery)
    return Checked(
        delivery,
        table,
        row_count=fetch_value(connection, f"select count(*) from {table}") + len(delivery.rejects),
        rejects=(*delivery.rejects, *_refused_rows(connection, delivery, table)),
    )


def _refused_rows(connection: duckdb.DuckDBPyConnection, delivery: Delivery, table: str) -> list[RowReject]:
    # Of the values only those of closed columns are needed: they tell what to add to a list.
    closed = [column.name for column in delivery.feed.columns if column.type == "code"]
    codes = ", ".join(quote_identifier(name) for name in closed)
    rows = fetch_rows(
        connection,
        f"select {delivery.line}, _reject{', ' if codes else ''}{codes} from {table} "
        "where _reject is not null order by rowid",
    )
    if not rows:
        return []
    texts = delivery.raw_texts(connection, [number for number, *_ in rows])
    rejects = []
    for number, reject, *values in rows:
        faults = faults_of(reject)
        detail = "; ".join(
            _told(reason, column, dict(zip(closed, values, strict=True))) for reason, column in faults
        )
        rejects.append(RowReject(number, faults[0][0], detail, texts[number]))
    return rejects


def _told(reason: str, column: str, codes: dict[str, str | None]) -> str:
    """What is wrong with a column. A value is told only where it is an unknown code that looks like one (R20)."""
    code = codes.get(column) if reason == "unknown_code" else None
    shown = f" '{code}'" if code and looks_like_code(code) else ""
    return f"column {column}{shown}: {ROW_REASONS[reason]}"
