"""Nothing landed and the as-of moved: what it cannot reach is not run, and every table is as a rebuild makes it (R18)."""

from datetime import timedelta
from pathlib import Path

from orchestration.runs.increment import increment
from tests.support.full_refresh import differing_tables
from tests.support.small_platform import ORDER, USER, Platform, day, payment


def test_a_moved_as_of_runs_what_it_reaches(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "home", tmp_path / "exports")
    platform.lands("users", USER)
    platform.lands("purchase_orders", ORDER)
    platform.lands(
        "payments", payment(1, "2026-03-01 10:00:00", "100"), payment(2, "2026-03-03 10:00:00", "50")
    )
    whole = increment(platform.settings, day(3))

    later = increment(platform.settings, day(3) + timedelta(minutes=15))
    ran = {result.unique_id.split(".")[2] for result in later.results}
    assert later.is_published
    assert "core_periods" in ran
    assert not ran & {"std_payments", "std_money_movements", "core_daily"}
    assert len(later.results) < len(whole.results) / 2
    assert differing_tables(platform.settings, day(3) + timedelta(minutes=15), tmp_path) == {}

    # 10:00 in Shanghai is 02:00 UTC: the second payment is past then.
    passed = increment(platform.settings, day(3, 3))
    assert "core_daily" in {result.unique_id.split(".")[2] for result in passed.results}
    assert platform.published(
        "select sum(gross_paid_cny) from marts.core_daily where business_type = 'all'"
    ) == [(150,)]
    assert differing_tables(platform.settings, day(3, 3), tmp_path) == {}
