"""Whether the published figures can be relied on: each of their weak points, found once, for all who show them.

`status`, the pages and the Dagster checks say the same because they read it here.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.settings import Settings

# A feed that never delivered is one the platform does not have; but every platform is paid.
_NEVER_MISSING = "payments"

MISSING, STALE, PROVISIONAL = "missing", "stale", "provisional"


@dataclass(frozen=True)
class SilentFeed:
    """A feed whose latest change lies further before the as-of than its rhythm."""

    feed: str
    last_updated_at: datetime | None
    rhythm_days: int


@dataclass(frozen=True)
class RateGap:
    """Dates of a currency without a final rate.

    `kind`: missing (no rate on or before the date, from either source), stale (carried forward for longer than
    `stale_rate_days`), provisional (the date's own rate is not published yet; it will be re-booked).
    `booked_cny` is what payments of those dates are booked at, None where that is not known; `open_cny` what
    is open on the last of them.
    """

    kind: str
    currency_code: str
    first_date: date
    last_date: date
    date_count: int
    booked_cny: Decimal | None
    open_cny: Decimal | None


@dataclass(frozen=True)
class SilentSource:
    """A rate source that a setting names and that has delivered nothing; `delivered` are those that have."""

    setting: str
    rate_source: str
    delivered: list[str]


@dataclass(frozen=True)
class Trust:
    """The weak points of a publication; all empty where there is none.

    `unrated_payment_count`: payments in no figure because no rate is known for them. `converts` is false where
    no payment was in a foreign currency, so that nothing rests on a rate.
    """

    silent_feeds: list[SilentFeed] = field(default_factory=list)
    silent_sources: list[SilentSource] = field(default_factory=list)
    rate_gaps: list[RateGap] = field(default_factory=list)
    unrated_payment_count: int = 0
    converts: bool = False


def read_trust(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Trust:
    """Of the file that `open_published` opened."""
    unrated = fetch_value(
        connection,
        "select cast(coalesce(sum(quarantined_count), 0) as bigint) from marts.core_data_quality "
        "where reason = 'no_rate'",
    )
    has_foreign = fetch_value(connection, "select count(*) > 0 from marts.core_fx_daily")
    return Trust(
        silent_feeds=_silent_feeds(settings, connection),
        silent_sources=_silent_sources(connection),
        rate_gaps=[RateGap(*row) for row in fetch_rows(connection, _RATE_GAPS)],
        unrated_payment_count=unrated,
        converts=bool(has_foreign or unrated),
    )


def _silent_feeds(settings: Settings, connection: duckdb.DuckDBPyConnection) -> list[SilentFeed]:
    """Silence is measured at the as-of, never by the clock; exactly one rhythm old is not silent (R22)."""
    as_of_at = fetch_value(connection, "select max(as_of_at) from marts.core_periods")
    last_updated = dict(fetch_rows(connection, "select feed, last_updated_at from marts.core_freshness"))
    found = []
    for feed in FEEDS.values():
        rhythm_days = settings.rhythm_days.get(feed.name, feed.rhythm_days)
        last_updated_at = last_updated.get(feed.name)
        if rhythm_days is None or (last_updated_at is None and feed.name != _NEVER_MISSING):
            continue
        if last_updated_at is None or last_updated_at + timedelta(days=rhythm_days) < as_of_at:
            found.append(SilentFeed(feed.name, last_updated_at, rhythm_days))
    return found


def _silent_sources(connection: duckdb.DuckDBPyConnection) -> list[SilentSource]:
    rows = fetch_rows(
        connection,
        "select rate_source, rate_count, is_official, is_fallback from audit.rate_sources order by rate_source",
    )
    delivered = [source for source, count, *_ in rows if count]
    return [
        SilentSource("official_rate_source" if is_official else "fallback_rate_source", source, delivered)
        for source, count, is_official, is_fallback in rows
        if not count and (is_official or is_fallback)
    ]


# A date on which nothing was paid and nothing was open rests on no rate.
_RATE_GAPS = f"""
    with gaps as (
        select '{MISSING}' as kind, * from marts.core_fx_daily
        where rate_cny is null and (paid_amount <> 0 or open_amount <> 0)
        union all
        select '{STALE}' as kind, * from marts.core_fx_daily where is_rate_stale
        union all
        select '{PROVISIONAL}' as kind, * from marts.core_fx_daily
        where is_rate_provisional and not is_rate_stale
    )
    select
        kind,
        currency_code,
        min(business_date),
        max(business_date),
        count(*),
        case when count(booked_cny) = count(*) then sum(booked_cny) end,
        max_by(open_cny, business_date)
    from gaps
    group by kind, currency_code
    order by kind, currency_code
"""
