"""Holds a published warehouse against the independent ledger."""

from datetime import UTC, datetime

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import Settings
from tests.support.ledger import Ledger, LedgerSettings, differences


def published_as_of(settings: Settings) -> datetime:
    """The as-of of what is published, UTC, naive."""
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        [(as_of,)] = connection.execute("select max(as_of_at) from marts.core_periods").fetchall()
    return as_of


def landed_rows(settings: Settings) -> dict[str, list[dict[str, str | None]]]:
    """The accepted rows of every feed that were not withdrawn, in landing order, instants marked as the UTC they are."""
    rows = {}
    with duckdb.connect(str(settings.raw_path), read_only=True) as connection:
        for feed in FEEDS.values():
            columns = ", ".join(
                f"{column.name} || 'Z' as \"{column.name}\""
                if column.type == "instant"
                else f'"{column.name}"'
                for column in feed.columns
            )
            result = connection.execute(
                f"select {columns} from raw.{feed.name} where _batch_id not in (select batch_id from raw.revocations "
                "group by batch_id having count(*) % 2 = 1) order by _landing_seq"
            )
            names = [name for name, *_ in result.description]
            rows[feed.name] = [dict(zip(names, values, strict=True)) for values in result.fetchall()]
    return rows


def disagreements(settings: Settings, as_of: datetime) -> dict[str, list[str]]:
    """Tables of which the published file and the ledger differ in a cell, with what differs."""
    ledger = Ledger(
        landed_rows(settings),
        as_of.replace(tzinfo=UTC),
        LedgerSettings(
            official_rate_source=settings.official_rate_source,
            fallback_rate_source=settings.fallback_rate_source,
            stale_rate_days=settings.stale_rate_days,
            display_currencies=settings.display_currencies,
        ),
    )
    found = {}
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        for name, table in ledger.tables().items():
            result = connection.execute(f"from marts.{name}")
            columns = [column for column, *_ in result.description]
            published = [dict(zip(columns, values, strict=True)) for values in result.fetchall()]
            if lines := differences(table, published):
                found[name] = lines
    return found
