"""Why a published figure changed (R21): each cause is planted, and just the figures it moved have it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.raw.build_file import open_build
from orchestration.runs.increment import increment
from tests.support.published_tables import MARTS
from tests.support.small_platform import ORDER, USER, Platform, day, edit, own_copy_of_project, payment, rate

FRIEND = {**USER, "user_id": "u2", "country_code": "FR"}
ORDER_OF_FRIEND = {**ORDER, "order_id": "p2", "user_id": "u2", "platform": "tmall"}


def friend_s(number: int, paid_at: str, amount: str) -> dict[str, str]:
    return {**payment(number, paid_at, amount), "user_id": "u2", "order_id": "p2"}


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
