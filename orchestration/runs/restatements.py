"""`audit.restatements`: every published cell of a daily mart that changed after it was first published, and why.

Nothing is kept for cells that never changed: their first published value is the current one.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb

from ingest.foundation.fetch import fetch_value
from ingest.foundation.settings import Settings
from orchestration.runs import differences

# A day still running changes with every publication: one row a cell then, replaced by the next.
DAY_OPEN = "day_open"


def record(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    *,
    run_id: str,
    restated_at: datetime,
    default_cause: str,
    is_rate_pending: bool = False,
    drift_run_id: str | None = None,
) -> int:
    """Compare the last publication with the build file and write what changed; returns the number of changed cells.

    `connection` has the build file open for writing. The published copy of the table is the truth of what was
    published, so a run that is repeated records nothing twice. Causes come from the calibration's drift where
    `drift_run_id` is given; else `rate_final` on dates that were published on a provisional rate when rates are
    pending, else `default_cause`.
    """
    if not settings.published_path.exists():
        return 0
    differences.attach(connection, settings.published_path, "published")
    try:
        connection.execute("begin")
        connection.execute("create or replace temporary table earlier as from published.audit.restatements")
        as_of = fetch_value(connection, "select max(as_of_at) from published.marts.core_periods")
        if as_of is None:
            connection.execute("rollback")
            return 0
        zone = ZoneInfo(settings.business_time_zone)
        open_date = as_of.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()
        connection.execute(
            "create or replace temporary table changed (table_name varchar, key varchar, row_date date, "
            "row_change varchar, column_name varchar, before_value varchar, after_value varchar)"
        )
        for table, value_columns in differences.common_tables(connection, "published", "warehouse"):
            figures = [name for name in value_columns if not name.startswith(("is_", "has_"))]
            if table.date_column and figures:
                connection.execute(
                    "insert into changed "
                    + differences.differences_sql(table, figures, "published", "warehouse")
                )
        # What is first published now has no earlier value to restate.
        connection.execute("delete from changed where row_change = 'new' and row_date >= ?", [open_date])
        # A row of a sparse mart that comes or goes with a 0 in it says the same as no row.
        connection.execute(
            "delete from changed where row_change <> 'changed' and "
            "coalesce(try_cast(coalesce(after_value, before_value) as decimal(38, 10)), 1) = 0"
        )
        connection.execute("delete from audit.restatements")
        connection.execute(
            """
            insert into audit.restatements
            select * from earlier
            where cause <> ? or (table_name, key, column_name) not in (select table_name, key, column_name from changed)
            """,
            [DAY_OPEN],
        )
        connection.execute(
            f"""
            insert into audit.restatements
            select
                changed.table_name, changed.key, changed.column_name,
                case when firsts.key is null then changed.before_value else firsts.first_published_value end,
                changed.before_value, changed.after_value,
                case
                    when changed.row_date >= $open_date then '{DAY_OPEN}'
                    when drift.cause is not null then drift.cause
                    when $is_rate_pending and provisional.business_date is not null then 'rate_final'
                    else $default_cause
                end,
                $run_id, $restated_at
            from changed
            left join (
                select table_name, key, column_name, min_by(first_published_value, restated_at) as first_published_value
                from earlier group by all
            ) as firsts using (table_name, key, column_name)
            left join (
                select table_name, key, column_name, max(cause) as cause
                from audit.calibration_drift where run_id = $drift_run_id group by all
            ) as drift using (table_name, key, column_name)
            left join (
                select distinct business_date from published.marts.core_fx_daily where is_rate_provisional
            ) as provisional on changed.row_date = provisional.business_date
            """,
            {
                "open_date": open_date,
                "is_rate_pending": is_rate_pending,
                "default_cause": default_cause,
                "run_id": run_id,
                "restated_at": restated_at,
                "drift_run_id": drift_run_id,
            },
        )
        count: int = fetch_value(connection, "select count(*) from changed")
        connection.execute("commit")
        return count
    finally:
        connection.execute("detach published")
