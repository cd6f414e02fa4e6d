"""`audit.restatements`: every published figure that changed after its period had closed, and why (R21).

A figure is published for good with the first publication after its period is over; what it did before is no restatement.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from ingest.foundation.fetch import fetch_row, fetch_rows, fetch_value
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_value
from orchestration.catalogue.tables import PublishedTable
from orchestration.runs import differences
from orchestration.runs.audit import KEPT_TABLES


def business_date(settings: Settings, instant: datetime) -> date:
    """The business date of a naive UTC instant."""
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(settings.business_time_zone)).date()


def find(
    connection: duckdb.DuckDBPyConnection,
    tables: Iterable[PublishedTable],
    *,
    before: str,
    after: str,
    closed_by: date,
    among: Mapping[str, str] | None = None,
) -> None:
    """Fill the temporary table `changed` with the figures, closed on `closed_by`, that differ between two databases.

    `among` gives, by mart, a relation outside whose keys the two should not differ: where they do, all rows are compared.
    """
    connection.execute(differences.CHANGED)
    for table, value_columns in differences.common_tables(connection, tables, before, after):
        rows = among.get(table.name) if among else None
        columns = [*table.key, *value_columns]
        is_equal_elsewhere = differences.is_equal(connection, table, columns, before, after, outside=rows)
        if is_equal_elsewhere and rows is None:
            continue
        chosen = rows if is_equal_elsewhere else None
        if chosen and not fetch_rows(connection, f"select 1 from {chosen} limit 1"):
            continue
        changed = differences.closed_cells_sql(table, value_columns, before, after, closed_by, among=chosen)
        if changed is not None:
            connection.execute(f"insert into changed {changed}")


def changes_of(manifest: dict[str, Any]) -> dict[str, str]:
    """By mart that an increment follows the changes of, the relation that holds them since the last publication."""
    return {
        node["name"]: f"changes.{quote_identifier(node['name'])}"
        for node in manifest["nodes"].values()
        if node["schema"] == "marts" and node["config"]["materialized"] == "incremental"
    }


def record(connection: duckdb.DuckDBPyConnection, earlier: str, *, run_id: str, restated_at: datetime) -> int:
    """Add the temporary table `changed`, with its causes, to audit.restatements; returns the number of changed figures.

    `earlier` is the relation that holds the restatements published so far, so that a run that is repeated records nothing
    twice. A figure has one row for each cause that ever changed it: the latest such change.
    """
    count: int = fetch_value(connection, "select count(*) from changed")
    prints = [
        fetch_row(connection, f"select count(*), bit_xor(hash(t)), sum(hash(t)) from {relation} as t")
        for relation in ("audit.restatements", f"(select {_COLUMNS} from {earlier})")
    ]
    connection.execute("begin")
    if prints[0] != prints[1]:
        # Of a run that has not published.
        connection.execute("delete from audit.restatements")
        connection.execute(f"insert into audit.restatements ({_COLUMNS}) select {_COLUMNS} from {earlier}")
    if count:
        _record_changed(connection, run_id, restated_at)
    connection.execute("commit")
    return count


_COLUMNS = ", ".join(KEPT_TABLES["restatements"].columns)


def _record_changed(connection: duckdb.DuckDBPyConnection, run_id: str, restated_at: datetime) -> None:
    connection.execute(
        f"""
        create or replace temporary table recorded as
        with of_changed as (
            select * from audit.restatements
            where (table_name, key, column_name) in (select table_name, key, column_name from changed)
        ),
        firsts as (
            select table_name, key, column_name, min_by(first_published_value, restated_at) as first_published_value
            from of_changed group by all
        )
        select
            changed.table_name, changed.key, changed.column_name,
            case when firsts.key is null then changed.before_value else firsts.first_published_value end
                as first_published_value,
            changed.before_value as previous_value, changed.after_value as current_value, changed.cause,
            coalesce(same.restatement_count, 0) + 1 as restatement_count,
            {quote_value(run_id)} as run_id, {quote_value(restated_at)} as restated_at
        from changed
        left join firsts using (table_name, key, column_name)
        left join of_changed as same using (table_name, key, column_name, cause)
        """
    )
    connection.execute(
        "delete from audit.restatements where (table_name, key, column_name, cause) in "
        "(select table_name, key, column_name, cause from recorded)"
    )
    connection.execute("insert into audit.restatements by name from recorded")
