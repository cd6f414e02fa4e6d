"""`audit.restatements`: every published figure that changed after its period had closed, and why (R21).

A figure is published for good with the first publication after its period is over; what it did before is no restatement.
"""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb

from ingest.foundation.settings import Settings
from orchestration.catalogue.tables import PublishedTable
from orchestration.runs import differences


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
) -> None:
    """Fill the temporary table `changed` with the figures, closed on `closed_by`, that differ between two databases."""
    connection.execute(differences.CHANGED)
    for table, value_columns in differences.common_tables(connection, tables, before, after):
        changed = differences.closed_cells_sql(table, value_columns, before, after, closed_by)
        if changed:
            connection.execute(f"insert into changed {changed}")


def record(connection: duckdb.DuckDBPyConnection, earlier: str, *, run_id: str, restated_at: datetime) -> int:
    """Add the temporary table `changed`, with its causes, to audit.restatements; returns the number of changed figures.

    `earlier` is the relation that holds the restatements published so far, so that a run that is repeated records nothing
    twice. A figure has one row for each cause that ever changed it: the latest such change.
    """
    connection.execute(f"create or replace temporary table earlier as from {earlier}")
    connection.execute("begin")
    connection.execute("delete from audit.restatements")
    connection.execute(
        """
        insert into audit.restatements by name
        select * from earlier
        where (table_name, key, column_name, cause) not in (select table_name, key, column_name, cause from changed)
        """
    )
    connection.execute(
        """
        insert into audit.restatements by name
        select
            changed.table_name, changed.key, changed.column_name,
            case when firsts.key is null then changed.before_value else firsts.first_published_value end
                as first_published_value,
            changed.before_value as previous_value, changed.after_value as current_value, changed.cause,
            coalesce(same.restatement_count, 0) + 1 as restatement_count,
            $run_id as run_id, $restated_at as restated_at
        from changed
        left join (
            select table_name, key, column_name, min_by(first_published_value, restated_at) as first_published_value
            from earlier group by all
        ) as firsts using (table_name, key, column_name)
        left join earlier as same using (table_name, key, column_name, cause)
        """,
        {"run_id": run_id, "restated_at": restated_at},
    )
    connection.execute("commit")
    (count,) = connection.execute("select count(*) from changed").fetchall()[0]
    return int(count)
