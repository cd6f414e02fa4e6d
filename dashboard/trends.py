"""One measure over time in four views: the last 30 and 90 days by day, 52 weeks, 13 months; each beside the time before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dashboard.figures import Row
from dashboard.formats import Number
from dashboard.pages.measure import Measure, Over

MEAN_DAYS = 7
WEEKS = 52
MONTHS = 13
Group = tuple[date, list[Row]]


@dataclass(frozen=True)
class Trend:
    """The points of a view, oldest first, each with its first date.

    `before` are the values of the time before (the days, the weeks of the year before), `means` those of the 7 days that end
    with the point, `means_before` those of the time before; None where not known, and empty where there are none. `value` stands
    for the whole view; `compared` and `compared_before` for what of it is finished and as much time before. `skipped` points of
    the table behind it are newer.
    """

    starts: list[date]
    values: list[Number | None]
    before: list[Number | None]
    means: list[Number | None]
    means_before: list[Number | None]
    value: Number | None
    compared: Number | None
    compared_before: Number | None
    skipped: int
    is_last_running: bool


def by_week(rows: Sequence[Row]) -> list[Group]:
    """Daily rows by the Monday of their week, oldest first."""
    return _grouped(rows, lambda day: day - timedelta(days=day.weekday()))


def by_month(rows: Sequence[Row]) -> list[Group]:
    """Daily rows by the first day of their month, oldest first."""
    return _grouped(rows, lambda day: day.replace(day=1))


def _grouped(rows: Sequence[Row], start: Callable[[date], date]) -> list[Group]:
    groups: dict[date, list[Row]] = {}
    for row in rows:
        groups.setdefault(start(row["business_date"]), []).append(row)
    return list(groups.items())


def trend_of_days(rows: Sequence[Row], measure: Measure, days: int, *, is_last_running: bool) -> Trend | None:
    """The last `days` of one row a date, oldest first, from the first that has something to the last that is known.

    None where there is nothing to show.
    """
    values = [measure.of(row) for row in rows]
    known = [place for place, value in enumerate(values) if value is not None]
    begun = [place for place in known if values[place]]
    if not begun:
        return None
    first, end = begun[0], known[-1] + 1
    start = max(first, end - days)
    is_last_running = is_last_running and end == len(rows)
    finished = end - is_last_running

    def mean(place: int) -> Number | None:
        if measure.over is Over.LEVEL or not first + MEAN_DAYS <= place + 1 <= finished:
            return None
        of_days = rows[place - MEAN_DAYS + 1 : place + 1]
        value = measure.over_dates(of_days)
        return value if value is None or measure.over is not Over.SUM else Decimal(value) / MEAN_DAYS

    has_before = start - days >= first
    return Trend(
        [row["business_date"] for row in rows[start:end]],
        values[start:end],
        [values[place - days] if place - days >= first else None for place in range(start, end)],
        [mean(place) for place in range(start, end)],
        [mean(place - days) for place in range(start, end)],
        measure.over_dates(rows[start:end]),
        measure.over_dates(rows[start:finished]) if has_before else None,
        measure.over_dates(rows[start - days : finished - days]) if has_before else None,
        len(rows) - end,
        is_last_running,
    )


def trend_of_groups(
    groups: Sequence[Group], measure: Measure, shown: int, back: int, *, is_last_running: bool
) -> Trend | None:
    """The last `shown` weeks or months, each beside the one `back` before it.

    What stands for the view is the last finished one, compared with the one before it, if that is whole: the first one is where
    there is something on its first date.
    """
    values = [measure.over_dates(rows) for _, rows in groups]
    known = [place for place, value in enumerate(values) if value is not None]
    begun = [place for place in known if values[place]]
    if not begun:
        return None
    first, end = begun[0], known[-1] + 1
    start = max(first, end - shown)
    is_last_running = is_last_running and end == len(groups)
    last = max(end - 1 - is_last_running, start)
    begins, first_rows = groups[first]
    is_first_whole = any(measure.of(row) for row in first_rows if row["business_date"] == begins)
    return Trend(
        [groups[place][0] for place in range(start, end)],
        values[start:end],
        [values[place - back] if place - back >= first else None for place in range(start, end)],
        [],
        [],
        values[last],
        values[last],
        values[last - 1] if last - 1 > first or (last - 1 == first and is_first_whole) else None,
        len(groups) - end,
        is_last_running,
    )
