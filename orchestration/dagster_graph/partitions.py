"""Daily partitions in the business zone (R1), and the as-of that a run on some of them stands for."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
from dagster import AssetExecutionContext, DailyPartitionsDefinition

from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_value
from ingest.foundation.settings import Settings
from orchestration.reading.published import open_published


def business_days(settings: Settings) -> DailyPartitionsDefinition:
    """Every business date from the first with data (or `history_start_date`) to today, which is still running, inclusive.

    Before anything is published it begins today. Definitions that were loaded before the first publication show its
    earlier dates when they are loaded again.
    """
    today = date.fromisoformat(business_date(settings, settings.now()))
    first = settings.history_start_date or (_first_date_with_data(settings) or today).isoformat()
    return DailyPartitionsDefinition(
        start_date=first,
        # Where now is fixed, so is today.
        end_date=str(today + timedelta(days=1)) if settings.fixed_as_of else None,
        timezone=settings.business_time_zone,
        end_offset=0 if settings.fixed_as_of else 1,
    )


def _first_date_with_data(settings: Settings) -> date | None:
    try:
        with open_published(settings) as connection:
            # Of money: customers may have registered years before.
            found: date | None = fetch_value(connection, "select min(business_date) from marts.core_daily")
            return found
    except (WarehouseError, duckdb.Error):
        # Nothing is published, or it cannot be read, which the runs say better.
        return None


def business_date(settings: Settings, instant: datetime) -> str:
    """The partition key of an instant (naive is UTC)."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(settings.business_time_zone)).date().isoformat()


def run_as_of(context: AssetExecutionContext, settings: Settings) -> datetime:
    """The as-of of a run: the end of its last partition, at most now; now for a run without partitions."""
    now = settings.now()
    if not context.run.tags.keys() & _PARTITION_TAGS:
        return now
    return as_of(context.partition_time_window.end, now)


_PARTITION_TAGS = {"dagster/partition", "dagster/asset_partition_range_end"}


def as_of(window_end: datetime, now: datetime) -> datetime:
    """The as-of of partitions that end at `window_end` (exclusive): that end, at most `now` (naive UTC)."""
    return min(window_end.astimezone(UTC).replace(tzinfo=None), now)
