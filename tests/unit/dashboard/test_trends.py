"""Views of a trend: what they cover, what they are compared with, and what stands for several dates."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from dashboard import trends
from dashboard.figures import Row
from dashboard.formats import Kind
from dashboard.pages.measure import Measure, Over, cny, count, ratio
from dashboard.trends import Trend, by_month, by_week, trend_of_days, trend_of_groups

ORDERS = count("core_daily", "n")
FIRST = date(2026, 1, 1)


def rows(*values: object, key: str = "n") -> list[Row]:
    return [{"business_date": FIRST + timedelta(days=n), key: value} for n, value in enumerate(values)]


def of_days(values: list[object], days: int, *, is_last_running: bool = False) -> Trend:
    trend = trend_of_days(rows(*values), ORDERS, days, is_last_running=is_last_running)
    assert trend is not None
    return trend


def test_a_view_of_days_stands_beside_as_many_before() -> None:
    trend = of_days([1, 2, 3, 4, 5, 6], 3)
    assert (trend.values, trend.before) == ([4, 5, 6], [1, 2, 3])
    assert (trend.value, trend.compared, trend.compared_before) == (15, 15, 6)
    assert trend.starts[0] == date(2026, 1, 4)


def test_what_is_compared_is_over() -> None:
    trend = of_days([1, 2, 3, 4, 5, 1], 3, is_last_running=True)
    assert (trend.value, trend.compared, trend.compared_before) == (10, 9, 3)


def test_nothing_is_compared_with_half_a_period() -> None:
    trend = of_days([2, 3, 4, 5], 3)
    assert (trend.before, trend.compared, trend.compared_before) == ([None, None, 2], None, None)


def test_an_empty_beginning_and_an_unknown_end_are_not_drawn() -> None:
    trend = of_days([0, 0, 0, 7, 8, None, None], 30)
    assert (trend.values, trend.skipped) == ([7, 8], 2)
    assert trend_of_days(rows(0, 0, None), ORDERS, 30, is_last_running=False) is None
    assert trend_of_days([], ORDERS, 30, is_last_running=False) is None


def test_the_mean_is_of_seven_finished_days() -> None:
    trend = of_days([7, 0, 0, 0, 0, 0, 0, 14, 1], 30, is_last_running=True)
    assert trend.means == [None] * 6 + [1, 2, None]


def test_weeks_begin_on_monday_and_the_running_one_is_not_compared() -> None:
    # 1 January 2026 is a Thursday.
    groups = by_week(rows(*[0] * 4, *[1] * 16))
    assert [start for start, _ in groups][:3] == [date(2025, 12, 29), date(2026, 1, 5), date(2026, 1, 12)]
    trend = trend_of_groups(groups, ORDERS, trends.WEEKS, trends.WEEKS, is_last_running=True)
    assert trend is not None
    assert trend.values == [7, 7, 2]
    assert (trend.compared, trend.compared_before) == (7, 7)


def test_no_week_is_compared_with_one_that_began_within_it() -> None:
    trend = trend_of_groups(
        by_week(rows(*[1] * 13)), ORDERS, trends.WEEKS, trends.WEEKS, is_last_running=True
    )
    assert trend is not None
    assert (trend.values, trend.compared, trend.compared_before) == ([4, 7, 2], 7, None)


def test_months_stand_beside_those_of_the_year_before() -> None:
    groups = by_month(rows(*[1] * 400))
    trend = trend_of_groups(groups, ORDERS, 2, 12, is_last_running=True)
    assert trend is not None
    assert (trend.starts, trend.values, trend.before) == (
        [date(2027, 1, 1), date(2027, 2, 1)],
        [31, 4],
        [31, 28],
    )


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (ORDERS, 6),
        (count("t", "n", Over.MEAN), Decimal(2)),
        (count("t", "n", Over.LEVEL), 3),
        (Measure("n", Kind.MONEY, "t", "n"), 6),
    ],
)
def test_what_stands_for_several_dates(measure: Measure, value: object) -> None:
    assert measure.over_dates(rows(1, 2, 3)) == value
    assert measure.over_dates(rows(1, None, 3)) is None
    assert measure.over_dates([]) is None


def test_a_margin_of_no_order_is_nothing_and_not_unknown() -> None:
    (margin,) = cny("t", "n", is_sparse=True)
    assert margin.over_dates(rows(Decimal(1), None, Decimal(3))) == 4
    assert margin.over_dates(rows(None, None)) is None


def test_a_ratio_is_that_of_the_sums() -> None:
    share = ratio("t", "share", "part", "whole")
    given = [
        {"part": 1, "whole": 2},
        {"part": 0, "whole": 2},
        {"part": None, "whole": None},
        {"part": 0, "whole": 0},
    ]
    assert share.over_dates(given) == share.total(given) == 0.25
    assert share.of(given[0]) == 0.5
    assert share.of(given[3]) is None


def test_what_does_not_add_up_has_no_total() -> None:
    assert count("t", "n", adds_up=False).total(rows(1, 2)) is None
    assert ORDERS.total(rows(1, 2)) == 3
