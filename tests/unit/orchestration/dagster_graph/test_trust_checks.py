"""Dagster's checks of a publication say what `warehouse status` says."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dagster import AssetCheckSeverity

from orchestration.dagster_graph.trust_checks import judge
from orchestration.reading.trust import PROVISIONAL, STALE, RateGap, SilentFeed, SilentSource, Trust

SHANGHAI = ZoneInfo("Asia/Shanghai")


def gap(kind: str) -> RateGap:
    return RateGap(kind, "SEK", date(2026, 3, 1), date(2026, 3, 2), 2, Decimal("10.00"), Decimal("5.00"))


def test_nothing_to_mind_passes() -> None:
    complete, rated = judge(Trust(), SHANGHAI)
    assert complete.passed
    assert rated.passed
    assert rated.description == "nothing to convert"


def test_a_silent_feed_is_named_with_the_business_s_clock() -> None:
    feed = SilentFeed("payments", datetime(2026, 3, 1, 20, 0), 1)
    complete, _ = judge(Trust(silent_feeds=[feed]), SHANGHAI)
    assert not complete.passed
    assert complete.severity == AssetCheckSeverity.WARN
    assert complete.description == "payments is silent since 2026-03-02 04:00 (expected every 1 day)"


def test_a_stale_rate_is_a_warning_and_a_provisional_one_none() -> None:
    _, stale = judge(Trust(rate_gaps=[gap(STALE)], converts=True), SHANGHAI)
    assert not stale.passed
    assert stale.severity == AssetCheckSeverity.WARN
    _, provisional = judge(Trust(rate_gaps=[gap(PROVISIONAL)], converts=True), SHANGHAI)
    assert provisional.passed
    assert (
        provisional.description
        == "provisional: 2026-03-01 to 2026-03-02, 10.00 CNY booked, 5.00 CNY open, on SEK"
    )


def test_a_setting_that_names_a_source_without_rates_is_an_error() -> None:
    source = SilentSource("official_rate_source", "central_parity", ["ecb"])
    _, rated = judge(Trust(silent_sources=[source]), SHANGHAI)
    assert not rated.passed
    assert rated.severity == AssetCheckSeverity.ERROR
    assert (
        rated.description
        == "error: official_rate_source is central_parity, which has delivered no rate; ecb has"
    )
