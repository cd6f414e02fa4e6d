"""When a feed counts as fresh."""

from datetime import datetime, timedelta

from dagster import AssetCheckSeverity

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.freshness import MAXIMUM_AGE, judge

NOW = datetime(2026, 3, 1, 12)


def test_a_feed_that_stopped_is_a_warning(settings: Settings) -> None:
    assert judge(settings, "payments", NOW - MAXIMUM_AGE, NOW).passed
    stale = judge(settings, "payments", NOW - MAXIMUM_AGE - timedelta(seconds=1), NOW)
    assert not stale.passed
    assert stale.severity == AssetCheckSeverity.WARN
    assert "36.0 hours ago" in (stale.description or "")


def test_a_feed_that_never_came_is_none_the_platform_has(settings: Settings) -> None:
    assert judge(settings, "traffic_daily", None, NOW).passed


def test_rates_may_pause_with_the_market(settings: Settings) -> None:
    allowed = timedelta(days=settings.stale_rate_days)
    assert judge(settings, "fx_rates", NOW - allowed, NOW).passed
    assert not judge(settings, "fx_rates", NOW - allowed - timedelta(hours=1), NOW).passed


def test_a_price_list_has_no_rhythm(settings: Settings) -> None:
    assert judge(settings, "shipping_lines", NOW - timedelta(days=400), NOW).passed
