"""Freshness checks: has each feed landed lately, by marts.core_freshness."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    ResourceParam,
    multi_asset_check,
)

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import minute_text, utc_now
from ingest.foundation.settings import Settings
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.published import PUBLISHED_KEY
from orchestration.dagster_graph.raw_assets import raw_key
from orchestration.reading.published import open_published

FEED_IS_FRESH = "feed_is_fresh"

# A platform that is open every day delivers every day; the allowance is for one that exports at night.
MAXIMUM_AGE = timedelta(hours=36)
# A price list changes when it changes.
WITHOUT_RHYTHM = ("shipping_lines",)


def maximum_age(settings: Settings, feed: str) -> timedelta | None:
    """How long ago a feed may have landed last; None: it may be any time, as where now is fixed."""
    if feed in WITHOUT_RHYTHM or settings.fixed_as_of:
        return None
    # Rates pause with the market, as long as its longest holiday.
    return timedelta(days=settings.stale_rate_days) if feed == "fx_rates" else MAXIMUM_AGE


def feed_freshness_checks() -> AssetChecksDefinition:
    """One warning per feed that stopped coming. A feed that never came is one the platform does not have."""

    @multi_asset_check(
        name="feed_freshness",
        specs=[
            AssetCheckSpec(
                FEED_IS_FRESH,
                asset=raw_key(feed),
                additional_deps=[PUBLISHED_KEY],
                description="The feed landed lately (marts.core_freshness).",
            )
            for feed in FEEDS
        ],
        can_subset=True,
    )
    def feed_freshness(
        context: AssetCheckExecutionContext, settings: ResourceParam[Settings]
    ) -> Iterator[AssetCheckResult]:
        with step_outcome(context.op_execution_context), open_published(settings) as connection:
            landed = last_landed(connection)
        for feed in FEEDS:
            if AssetCheckKey(raw_key(feed), FEED_IS_FRESH) in context.selected_asset_check_keys:
                yield judge(settings, feed, landed.get(feed), utc_now())

    return feed_freshness


def judge(settings: Settings, feed: str, last_landed_at: datetime | None, now: datetime) -> AssetCheckResult:
    """Whether a feed is fresh at `now` (both naive UTC)."""
    allowed = maximum_age(settings, feed)
    if last_landed_at is None:
        return AssetCheckResult(
            asset_key=raw_key(feed), check_name=FEED_IS_FRESH, passed=True, description="Never landed."
        )
    age = now - last_landed_at
    zone = ZoneInfo(settings.business_time_zone)
    hours = round(age.total_seconds() / 3600, 1)
    return AssetCheckResult(
        asset_key=raw_key(feed),
        check_name=FEED_IS_FRESH,
        passed=allowed is None or age <= allowed,
        severity=AssetCheckSeverity.WARN,
        description=f"Last landed {minute_text(last_landed_at, zone)} ({zone.key}), {hours} hours ago.",
        metadata={"hours_since_landing": hours},
    )


def last_landed(connection: duckdb.DuckDBPyConnection) -> dict[str, datetime | None]:
    """When each feed landed last (naive UTC), of the file that `open_published` opened."""
    return dict(connection.execute("select feed, last_landed_at from marts.core_freshness").fetchall())
