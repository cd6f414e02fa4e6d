"""The only "now" of the project, and the one clock of its output: instants as people in the business read them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Now, with its zone (UTC)."""
    return datetime.now(UTC)


def utc_now() -> datetime:
    """Now as the warehouse stores instants: UTC without a zone."""
    return now().replace(tzinfo=None)


def naive_utc(instant: datetime) -> datetime:
    """An instant as the warehouse stores instants; one without a zone is UTC already."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def in_zone(instant: datetime, zone: ZoneInfo) -> datetime:
    """A stored instant (UTC; naive or not) on the clock of a zone."""
    return naive_utc(instant).replace(tzinfo=UTC).astimezone(zone)


@cache
def fixed_offset(zone: ZoneInfo, first: datetime, last: datetime) -> timedelta | None:
    """How far a zone is ahead of UTC, if that is the same from a day before `first` to a day after `last`; else None."""
    days = (
        (first + timedelta(days=day)).astimezone(zone).utcoffset()
        for day in range(-1, (last - first).days + 2)
    )
    offset = next(days)
    return offset if all(other == offset for other in days) else None


def minute_text(instant: datetime | None, zone: ZoneInfo) -> str:
    """A stored instant for people, to the minute; which zone it is in is said once by whoever prints it."""
    return "never" if instant is None else f"{in_zone(instant, zone):%Y-%m-%d %H:%M}"


def zone_label(instant: datetime, zone: ZoneInfo) -> str:
    """The zone and its offset at an instant: Asia/Shanghai (UTC+08:00)."""
    offset = f"{in_zone(instant, zone):%z}"
    return f"{zone.key} (UTC{offset[:3]}:{offset[3:5]})"
