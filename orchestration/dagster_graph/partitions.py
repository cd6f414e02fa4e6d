"""Daily partitions in the business zone (R1), and the as-of that a partition stands for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dagster import DailyPartitionsDefinition

from ingest.foundation.settings import Settings


def business_days(settings: Settings) -> DailyPartitionsDefinition:
    """Every business date from `history_start_date` to today, which is still running, inclusive."""
    return DailyPartitionsDefinition(
        start_date=settings.history_start_date, timezone=settings.business_time_zone, end_offset=1
    )


def business_date(settings: Settings, instant: datetime) -> str:
    """The partition key of an instant (naive is UTC)."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(settings.business_time_zone)).date().isoformat()


def as_of(window_end: datetime, now: datetime) -> datetime:
    """The as-of of partitions that end at `window_end` (exclusive): that end, at most `now` (naive UTC)."""
    return min(window_end.astimezone(UTC).replace(tzinfo=None), now)
