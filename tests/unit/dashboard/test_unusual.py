"""What stands out is far from what the weekday usually brings, and nothing else does."""

from datetime import date, timedelta
from decimal import Decimal

from dashboard.figures import Row
from dashboard.pages.measure import Measure, Over, cny, count
from dashboard.unusual import WEEKS, unusual

ORDERS = count("core_daily", "orders")
(PAID,) = cny("core_daily", "paid")
LAST = date(2026, 9, 28)


def days(orders: int, paid: str = "1000", weeks: int = WEEKS) -> list[Row]:
    """Weeks in which every weekday has its own usual figure, and then a last day."""
    usual = [
        {
            "business_date": LAST - timedelta(days=back),
            "orders": 100 + 30 * ((LAST - timedelta(days=back)).weekday()) + back % 3,
            "paid": Decimal(1000 + back % 5),
        }
        for back in range(7 * weeks, 0, -1)
    ]
    return [*usual, {"business_date": LAST, "orders": orders, "paid": Decimal(paid)}]


def found(rows: list[Row], *measures: Measure) -> list[str]:
    return [each.measure.key for each in unusual(rows, measures)]


def test_a_usual_day_has_nothing() -> None:
    # A Monday has 100; what a Sunday has would be unusual.
    assert found(days(101), ORDERS, PAID) == []
    assert found(days(280), ORDERS, PAID) == ["orders"]


def test_the_farthest_stands_first() -> None:
    assert found(days(10, "9000"), ORDERS, PAID) == ["paid", "orders"]
    (low,) = unusual(days(10), [ORDERS])
    assert (low.is_high, low.value, low.weeks, low.day) == (False, 10, WEEKS, LAST)
    assert low.lowest <= low.usual <= low.highest


def test_chance_and_short_histories_say_nothing() -> None:
    # Three of two orders is what chance brings, however steady the weeks before were.
    steady = [{"business_date": LAST - timedelta(days=back), "orders": 2} for back in range(56, 0, -1)]
    assert found([*steady, {"business_date": LAST, "orders": 5}], ORDERS) == []
    assert found(days(1, weeks=3), ORDERS) == []
    assert found([], ORDERS) == []
    assert found(days(1), count("users_daily", "orders", Over.LEVEL)) == []


def test_what_is_not_known_is_not_unusual() -> None:
    rows = days(100)
    rows[-1]["paid"] = None
    assert found(rows, PAID) == []
