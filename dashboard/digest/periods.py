"""The weeks and months that a digest is about."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum


class Span(Enum):
    """How long a digest's period is."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Period:
    """Business dates from `first` to `last`, both included, and the first one of the period before, which ends the day before."""

    span: Span
    first: date
    last: date
    previous_first: date

    @property
    def key(self) -> str:
        """2026-W39 (ISO week) or 2026-09."""
        if self.span is Span.WEEK:
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02}"
        return f"{self.first:%Y-%m}"


def last_finished(span: Span, as_of_date: date) -> Period:
    """The last week (from Monday) or month that was over before the business date."""
    if span is Span.WEEK:
        first = as_of_date - timedelta(days=as_of_date.weekday() + 7)
        return Period(span, first, first + timedelta(days=6), first - timedelta(days=7))
    last = as_of_date.replace(day=1) - timedelta(days=1)
    first = last.replace(day=1)
    return Period(span, first, last, (first - timedelta(days=1)).replace(day=1))
