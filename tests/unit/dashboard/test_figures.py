"""Money in a display currency: each day at its own rate, nothing where a rate is missing (R15)."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.figures import Reader, query_text
from orchestration.reading.published import open_published
from tests.unit.dashboard.conftest import TODAY, PublishedFile

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(scope="module")
def displayed() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(query_text("_setup").partition("-- A sum")[0])
    return connection


def shown(connection: duckdb.DuckDBPyConnection, amount: str, rate: str | None) -> Decimal | None:
    query = "select displayed(cast(? as decimal(18, 2)), cast(? as decimal(20, 10)))"
    return connection.execute(query, [amount, rate]).fetchone()[0]


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [
        ("1.01", "7", "0.14"),
        ("-10.24", "7.1878", "-1.42"),
        ("0.07", "14", "0.01"),
        ("-0.07", "14", "-0.01"),
        ("0", "7", "0.00"),
        ("100.00", "1", "100.00"),
        ("9999999999999.99", "0.0000000001", None),
        ("5", "0", None),
        ("5", "-1", None),
        ("5", None, None),
    ],
)
def test_cny_in_a_display_currency(
    displayed: duckdb.DuckDBPyConnection, amount: str, rate: str | None, expected: str | None
) -> None:
    if expected is None and rate == "0.0000000001":
        # Too large to be money: an error, not a wrong figure.
        with pytest.raises(duckdb.Error):
            shown(displayed, amount, rate)
    else:
        assert shown(displayed, amount, rate) == (None if expected is None else Decimal(expected))


@settings(max_examples=150, deadline=None)
@given(
    fen=st.integers(-(10**13), 10**13),
    rate=st.decimals("0.0001", "5000", places=10, allow_nan=False, allow_infinity=False),
)
def test_any_amount_at_any_rate(displayed: duckdb.DuckDBPyConnection, fen: int, rate: Decimal) -> None:
    amount = Decimal(fen) / 100
    with localcontext() as context:
        context.prec = 60
        expected = (amount / rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert shown(displayed, str(amount), str(rate)) == expected


def daily_net(reader: Reader) -> list[Decimal | None]:
    return [row["net_revenue"] for row in reader.rows("core_overview_daily")]


def test_a_day_without_a_rate_is_missing_and_so_is_its_period(published_file: PublishedFile) -> None:
    published_file.day(YESTERDAY, "70.00")
    published_file.day(TODAY, "14.00")
    published_file.rate("USD", TODAY, "7")
    with open_published(published_file.settings) as connection:
        reader = Reader(connection)
        assert daily_net(reader) == [Decimal("70.00"), Decimal("14.00")]
        reader.show_in("USD")
        assert daily_net(reader) == [None, Decimal("2.00")]
        periods = {row["period"]: row for row in reader.rows("periods") if row["business_type"] == "all"}
        assert periods["today"]["net_revenue"] == Decimal("2.00")
        assert periods["this_week"]["net_revenue"] is None
        reader.show_in("CNY")
        assert daily_net(reader) == [Decimal("70.00"), Decimal("14.00")]


def test_a_period_is_the_sum_of_its_rounded_days(published_file: PublishedFile) -> None:
    for days_ago in range(2):
        published_file.day(TODAY - timedelta(days=days_ago), "0.10")
        published_file.rate("USD", TODAY - timedelta(days=days_ago), "7")
    with open_published(published_file.settings) as connection:
        reader = Reader(connection)
        reader.show_in("USD")
        week = next(
            row
            for row in reader.rows("periods")
            if (row["period"], row["business_type"]) == ("this_week", "all")
        )
        # Twice 0.0142… is 0.01 + 0.01, though 0.20 CNY would be 0.03.
        assert week["net_revenue"] == Decimal("0.02")


def test_the_part_of_a_day_that_ends_the_previous_period_has_that_day_s_rate(
    published_file: PublishedFile,
) -> None:
    published_file.day(YESTERDAY, "100.00")
    published_file.day(TODAY, "30.00")
    published_file.rate("USD", YESTERDAY, "5")
    published_file.rate("USD", TODAY, "10")
    published_file.execute(
        "update marts.core_periods set previous_net_revenue_cny = 40 "
        "where period = 'today' and business_type = 'all'"
    )
    with open_published(published_file.settings) as connection:
        reader = Reader(connection)
        reader.show_in("USD")
        today = next(
            row for row in reader.rows("periods") if (row["period"], row["business_type"]) == ("today", "all")
        )
        assert (today["net_revenue"], today["previous_net_revenue"]) == (Decimal("3.00"), Decimal("8.00"))
