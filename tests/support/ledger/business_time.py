"""Business dates and windows (R1). Instants are aware datetimes in UTC throughout the ledger."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


class BusinessTime:
    """The business calendar as seen at `as_of`: nothing at or after that instant has happened."""

    def __init__(self, zone: str, as_of: datetime) -> None:
        if as_of.tzinfo is None:
            raise ValueError("as_of needs a time zone")
        self.zone = ZoneInfo(zone)
        self.as_of = as_of.astimezone(UTC)
        self.date_of = lru_cache(maxsize=None)(self._date_of)
        self.as_of_date = self.date_of(self.as_of)

    def _date_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def hour_of(self, instant: datetime) -> tuple[date, int]:
        """The business date and the hour of the day, 0 to 23, that an instant lies in."""
        local = instant.astimezone(self.zone)
        return local.date(), local.hour

    def has_happened(self, instant: datetime | None) -> bool:
        return instant is not None and instant < self.as_of

    def start_of(self, day: date) -> datetime:
        """The first instant of a business date."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The end of a row dated so: the end of the business date, or the as-of if earlier."""
        return min(self.start_of(day + ONE_DAY), self.as_of)

    def is_over(self, day: date, window: timedelta = timedelta(0)) -> bool:
        """Whether the last instant of the date, plus the window, has passed (R9)."""
        return self.start_of(day + ONE_DAY) + window <= self.as_of

    def dates_from(self, first: date) -> Iterator[date]:
        """Every date from `first` to the as-of date."""
        while first <= self.as_of_date:
            yield first
            first += ONE_DAY


def month_start(day: date) -> date:
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """The first day of the month so many months after the given one."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def elapsed_in(unit: timedelta, elapsed: timedelta) -> Fraction:
    """A length of time in units, exactly."""
    microsecond = timedelta(microseconds=1)
    return Fraction(elapsed // microsecond, unit // microsecond)


def naive_utc(instant: datetime) -> datetime:
    """The form in which instants are published: TIMESTAMP without zone, in UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None)
