"""Why a published figure changed (R21): each cause is planted, and just the figures it moved have it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.runs.build_file import open_build
from orchestration.runs.increment import increment
from tests.support.published_tables import MARTS
from tests.support.small_platform import (
    ORDER,
    USER,
    Platform,
    day,
    edit,
    own_copy_of_project,
    payment,
    rate,
    refund,
)

FRIEND = {**USER, "user_id": "u2", "country_code": "FR"}
ORDER_OF_FRIEND = {**ORDER, "order_id": "p2", "user_id": "u2", "platform": "tmall"}

PARCEL = {
    "order_id": "f1",
    "user_id": "u1",
    "warehouse_code": "GZ",
    "line_code": "AIR",
    "destination_country": "US",
    "created_at": "2026-03-04 09:00:00",
    "status": "paid",
    "freight_cny": "60",
    "updated_at": "2026-03-04 09:00:00",
}
LINE = {
    "line_code": "SEA",
    "valid_from": "2026-01-01",
    "channel": "ocean",
    "updated_at": "2026-01-01 00:00:00",
}

# March has closed in Shanghai.
APRIL = datetime(2026, 4, 1, 12)


def friend_s(number: int, paid_at: str, amount: str, currency_code: str = "CNY") -> dict[str, str]:
    return {**payment(number, paid_at, amount, currency_code), "user_id": "u2", "order_id": "p2"}


class Books(Platform):
    """A platform, and what was restated since one last looked."""

    def increment(self, as_of: datetime, **changes: Any) -> list[tuple[Any, ...]]:
        """Increment; returns what it restated: table, business date or other first key, column, from, to, cause."""
        report = increment(self.settings.replace(**changes), as_of)
        return self.published(
            "select table_name, json_extract_string(key, '$.' || json_keys(key)[1]), column_name, previous_value, "
            f"current_value, cause from audit.restatements where run_id = '{report.run_id}' order by all"
        )


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Two paid days, some dollars of the second on a provisional rate, published after both had closed."""
    folder = tmp_path_factory.mktemp("restatements")
    one = Books(folder / "home", folder / "exports")
    one.lands("users", USER, FRIEND)
    one.lands("purchase_orders", ORDER, ORDER_OF_FRIEND)
    one.lands("fx_rates", rate("2026-03-01", "7.10"))
    one.lands(
        "payments",
        payment(1, "2026-03-01 10:00:00", "100"),
        payment(2, "2026-03-02 10:00:00", "10", "USD"),
        friend_s(3, "2026-03-02 03:00:00", "50"),
    )
    assert one.increment(day(3)) == []
    return one


def test_a_day_that_closes_restates_nothing(books: Books) -> None:
    assert books.increment(day(3, 17)) == []


def test_a_rate_and_a_late_payment_in_one_run_are_told_apart(books: Books) -> None:
    books.lands("fx_rates", rate("2026-03-02", "7.20"))
    books.lands("payments", friend_s(4, "2026-03-01 12:00:00", "30"))
    restated = books.increment(day(3, 18))
    of_type = {
        (table, date, column): (before, after, cause)
        for table, date, column, before, after, cause in restated
    }
    assert of_type["core_daily", "2026-03-02", "gross_paid_cny"] == ("121.00", "122.00", "rate_final")
    assert of_type["core_daily", "2026-03-01", "gross_paid_cny"] == ("100.00", "130.00", "late_landing")
    assert of_type["core_daily", "2026-03-01", "paying_user_count"] == ("1", "2", "late_landing")
    by_rate = [row for row in restated if row[5] == "rate_final"]
    assert {MARTS[row[0]].measures[row[2]] for row in by_rate} <= {"CNY", "CNY per unit"}
    assert {row[1] for row in by_rate if row[0] == "core_daily"} == {"2026-03-02"}
    # The friend's first payment is now a day earlier: a count of the second day, moved by the landing.
    assert of_type["core_daily", "2026-03-02", "new_user_count"] == ("1", "0", "late_landing")
    assert {row[5] for row in restated} == {"rate_final", "late_landing"}


def test_a_country_known_only_now_moves_rows_between_keys(books: Books) -> None:
    moved = {**USER, "country_code": "DE", "updated_at": "2026-03-01 05:00:00"}
    books.lands("users", moved)
    restated = books.increment(day(3, 19))
    assert {row[5] for row in restated} == {"attribute_changed"}
    assert {"orders_daily", "users_segments_daily"} <= {row[0] for row in restated}
    assert "core_daily" not in {row[0] for row in restated}


def test_a_changed_setting_is_named(books: Books) -> None:
    restated = books.increment(day(3, 20), business_time_zone="UTC")
    assert {row[5] for row in restated} == {"settings_change"}
    # 03:00 in Shanghai was still the day before in UTC.
    assert ("core_daily", "2026-03-01", "gross_paid_cny", "130.00", "180.00", "settings_change") in restated
    firsts = books.published(
        "select distinct first_published_value, current_value, cause, restatement_count from audit.restatements "
        "where table_name = 'core_daily' and column_name = 'gross_paid_cny' "
        "and key like '%2026-03-01%purchase%' order by current_value"
    )
    assert firsts == [("100.00", "130.00", "late_landing", 1), ("100.00", "180.00", "settings_change", 1)]
    assert {row[5] for row in books.increment(day(3, 21))} == {"settings_change"}


def test_a_tampered_figure_is_unexplained(books: Books) -> None:
    with open_build(books.settings) as connection:
        connection.execute(
            # No data test can know this one to be wrong.
            "update marts.users_daily set active_buyers_30d = 77 where business_date = '2026-03-01'"
        )
    assert books.increment(day(3, 22)) == [
        ("users_daily", "2026-03-01", "active_buyers_30d", "2", "77", "unexplained")
    ]


@pytest.fixture(scope="module")
def closed_month(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """March 2026, published after its end, in yuan and dollars."""
    folder = tmp_path_factory.mktemp("closed-month")
    one = Books(folder / "home", folder / "exports")
    one.lands("users", USER, FRIEND)
    one.lands("purchase_orders", ORDER, ORDER_OF_FRIEND)
    one.lands("fx_rates", rate("2026-03-01", "7.10"), rate("2026-03-30", "7.00"))
    one.lands(
        "payments",
        payment(1, "2026-03-01 10:00:00", "100"),
        friend_s(2, "2026-03-30 03:00:00", "70", "USD"),
        payment(3, "2026-03-30 04:00:00", "20"),
    )
    assert one.increment(APRIL) == []
    return one


def cells(restated: list[tuple[Any, ...]], table: str) -> dict[str, set[str]]:
    """The causes of each restated column of a table."""
    causes: dict[str, set[str]] = {}
    for name, _, column, _, _, cause in restated:
        if name == table:
            causes.setdefault(column, set()).add(cause)
    return causes


def test_a_corrected_rate_moves_money_of_its_month_and_of_its_day_abroad(closed_month: Books) -> None:
    closed_month.lands("fx_rates", {**rate("2026-03-30", "7.20"), "updated_at": "2026-04-01 00:00:00"})
    restated = closed_month.increment(APRIL)
    # At the new rate the order is paid in full: a landed rate changed a count, and re-booked the money.
    assert cells(restated, "users_monthly") == {
        "gross_paid_cny": {"rate_final"},
        "net_revenue_cny": {"rate_final"},
        "paid_order_count": {"late_landing"},
    }
    displayed = cells(restated, "core_display_daily")
    assert {"gross_paid", "net_revenue", "rate_cny"} <= set(displayed)
    assert set().union(*displayed.values()) == {"rate_final"}


def test_a_late_payment_moves_its_month_and_its_day_abroad(closed_month: Books) -> None:
    closed_month.lands("payments", payment(4, "2026-03-02 10:00:00", "400"))
    restated = closed_month.increment(APRIL)
    # The order is paid in full by it, so orders move beside the money; its payer was one of the month already.
    assert cells(restated, "users_monthly") == {
        column: {"late_landing"} for column in ("gross_paid_cny", "net_revenue_cny", "paid_order_count")
    }
    assert cells(restated, "core_display_daily") == {
        "gross_paid": {"late_landing"},
        "net_revenue": {"late_landing"},
    }


def test_a_country_known_only_now_moves_people_between_rows_of_their_month(closed_month: Books) -> None:
    closed_month.lands("users", {**FRIEND, "country_code": "DE", "updated_at": "2026-03-02 05:00:00"})
    restated = closed_month.increment(APRIL)
    monthly = cells(restated, "users_monthly")
    assert {"paying_user_count", "gross_paid_cny"} <= set(monthly)
    assert set().union(*monthly.values()) == {"attribute_changed"}
    assert cells(restated, "core_display_daily") == {}


def test_a_late_refund_moves_its_own_date_and_the_margin_of_the_paid_date(closed_month: Books) -> None:
    closed_month.lands("forwarding_orders", PARCEL)
    box = {"order_id": "f1", "box_no": "1", "actual_weight_g": "900", "carrier_cost_cny": "40"}
    closed_month.lands("forwarding_boxes", {**box, "updated_at": "2026-03-04 09:00:00"})
    paid = {**payment(5, "2026-03-04 10:00:00", "60"), "order_type": "forwarding", "order_id": "f1"}
    closed_month.lands("payments", paid)
    closed_month.increment(APRIL)
    closed_month.lands("refunds", {**refund(5, "2026-03-20 10:00:00"), "payment_id": "y5"})
    told = {
        (date, column): (before, after, cause)
        for table, date, column, before, after, cause in closed_month.increment(APRIL)
        if table == "forwarding_daily"
    }
    assert told["2026-03-04", "freight_margin_cny"] == ("20.00", "15.00", "late_landing")
    assert told["2026-03-20", "refund_cny"][1:] == ("5.00", "late_landing")
    assert {cause for _, _, cause in told.values()} == {"late_landing"}


def test_a_late_order_without_a_bill_brings_its_row_of_the_date(closed_month: Books) -> None:
    # Nothing to pay, so paid when it was made: a row of its channel, in which the money of the other channels stands, too.
    closed_month.lands("shipping_lines", LINE)
    free = {**PARCEL, "order_id": "f2", "line_code": LINE["line_code"], "freight_cny": "0"}
    closed_month.lands("forwarding_orders", free)
    told = cells(closed_month.increment(APRIL), "forwarding_channel_share_daily")
    assert {"paid_order_count", "total_gross_paid_cny"} <= set(told)
    assert set().union(*told.values()) == {"late_landing"}


@pytest.fixture
def own_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_copy_of_project(tmp_path, monkeypatch) as copy:
        yield copy


def test_a_changed_definition_is_named(books: Books, own_project: Path) -> None:
    users_daily = own_project / "models" / "marts" / "user_growth" / "users_daily.sql"
    edit(users_daily, "with dates as", "-- Changed.\nwith dates as")
    core_daily = own_project / "models" / "marts" / "core_overview" / "core_daily.sql"
    edit(core_daily, "with dates as", "-- Changed.\nwith dates as")
    # The tampered figure is put right by a rebuild that a definition asked for.
    assert books.increment(day(3, 23)) == [
        ("users_daily", "2026-03-01", "active_buyers_30d", "77", "2", "definition_change")
    ]
