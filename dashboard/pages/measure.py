"""A figure that pages show: the published column behind it, and how it is put together over several rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from dashboard.figures import Row
from dashboard.formats import Kind, Number


class Over(Enum):
    """What stands for several dates.

    SUM of what adds up; MEAN per day of people, who would be counted twice (R10); LEVEL, the last one, of what
    already looks back; RATIO, the sum of its parts (R11).
    """

    SUM = "sum"
    MEAN = "mean"
    LEVEL = "level"
    RATIO = "ratio"


@dataclass(frozen=True)
class Measure:
    """A value of a query's rows: its key in the row, and the published column that defines it.

    Money `is_cny` where it is published in CNY only: it is shown so on every page. `part` is the dimension and
    code of the part of the measure that it is, if it is not the whole. `parts` are the keys of a ratio's numerator
    and denominator. What does not `adds_up` over the rows of a table has no total. Of what `is_sparse`, a missing value is
    nothing to measure and not something unknown.
    """

    key: str
    kind: Kind
    table: str
    column: str
    is_cny: bool = False
    part: tuple[str, str] = ("", "")
    over: Over = Over.SUM
    parts: tuple[str, str] = ("", "")
    adds_up: bool = True
    is_sparse: bool = False

    def of(self, row: Row) -> Any:
        """The value of one row."""
        return self.over_dates([row]) if self.over is Over.RATIO else row[self.key]

    def over_dates(self, rows: Sequence[Row]) -> Number | None:
        """The value for all the rows, one a date; None where it is not known."""
        if self.over is Over.RATIO:
            return self._ratio(rows)
        known = self._known(rows)
        if not known:
            return None
        if self.over is Over.LEVEL:
            return known[-1]
        total = sum(known[1:], known[0])
        return total if self.over is Over.SUM else Decimal(total) / len(known)

    def total(self, rows: Sequence[Row]) -> Number | None:
        """The total of a table's rows, None where they have none."""
        if self.over is Over.RATIO:
            return self._ratio(rows)
        known = self._known(rows)
        return sum(known[1:], known[0]) if self.adds_up and known else None

    def _known(self, rows: Sequence[Row]) -> list[Any]:
        """The values that are known; none where one is not that should be, because then neither is their sum."""
        known = [row[self.key] for row in rows if row[self.key] is not None]
        return known if self.is_sparse or len(known) == len(rows) else []

    def _ratio(self, rows: Sequence[Row]) -> float | None:
        numerator, denominator = self.parts
        measured = [row for row in rows if row[numerator] is not None and row[denominator]]
        whole = sum(row[denominator] for row in measured)
        return float(sum(row[numerator] for row in measured)) / float(whole) if whole else None


# Net revenue is paid less refunds less chargebacks: where one of them is shown, all four are.
MONEY_KEYS = ("net_revenue", "gross_paid", "refund", "chargeback")


def cny(table: str, *columns: str, adds_up: bool = True, is_sparse: bool = False) -> tuple[Measure, ...]:
    """Money columns of a table, shown in CNY on every page."""
    return tuple(
        Measure(column, Kind.MONEY, table, column, is_cny=True, adds_up=adds_up, is_sparse=is_sparse)
        for column in columns
    )


def cny_whole(table: str) -> tuple[Measure, ...]:
    """Paid, refunds, chargebacks and net revenue of a table, in CNY."""
    return cny(table, "gross_paid_cny", "refund_cny", "chargeback_cny", "net_revenue_cny")


def count(table: str, column: str, over: Over = Over.SUM, *, adds_up: bool = True) -> Measure:
    """A column that counts."""
    return Measure(column, Kind.COUNT, table, column, over=over, adds_up=adds_up)


def ratio(table: str, column: str, numerator: str, denominator: str) -> Measure:
    """A published ratio, over several rows the ratio of its published parts."""
    return Measure(column, Kind.RATIO, table, column, over=Over.RATIO, parts=(numerator, denominator))


def period_measures(*keys: str) -> list[Measure]:
    """Measures of core_periods by their keys in the periods query."""
    return [
        Measure(key, Kind.MONEY, "core_periods", f"{key}_cny")
        if key in MONEY_KEYS
        else count("core_periods", key)
        for key in keys
    ]
