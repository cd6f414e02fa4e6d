"""A warehouse of the simulated platform: 1,000 orders, landed day by day for two weeks, published once."""

import csv
from datetime import UTC, date, timedelta
from pathlib import Path

from ingest.foundation.settings import Settings, load_settings
from ingest.land.folders import land_path
from ingest.simulator import SimulatorConfig, simulate, write_batch
from orchestration.runs.increment import increment

# Each day lands a file a feed, so the days before the window come in one.
PLATFORM = SimulatorConfig(first_date=date(2026, 10, 12), day_count=14, history_day_count=49)

# The planted payment: no quoted price, on a Sunday without a published rate, for an order that never arrives.
PLANTED_PAYMENT_ID = "PLANTED-1"


def build_simulated_warehouse(home: Path) -> Settings:
    """Build it in `home`, as of two hours into the day after the last one."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(
        'official_rate_source = "ecb"\nlock_wait_seconds = 5\n', encoding="utf-8"
    )
    settings = load_settings(home)
    as_of = None
    for batch in simulate(PLATFORM):
        as_of = batch.as_of.astimezone(UTC).replace(tzinfo=None)
        land_path(settings, write_batch(batch, home / "exports"))
    assert as_of is not None
    land_rows(
        settings,
        "payments",
        "planted",
        payment_id=PLANTED_PAYMENT_ID,
        user_id="U0000000001",
        order_type="service",
        order_id="SO-NEVER",
        purpose="order",
        method="card",
        initiated_at=f"{as_of - timedelta(hours=6):%Y-%m-%dT%H:%M:%SZ}",
        succeeded_at=f"{as_of - timedelta(hours=5):%Y-%m-%dT%H:%M:%SZ}",
        status="succeeded",
        currency_code="USD",
        amount="100.00",
        updated_at=f"{as_of - timedelta(hours=5):%Y-%m-%dT%H:%M:%SZ}",
    )
    increment(settings, as_of + timedelta(hours=2))
    return settings


def land_rows(settings: Settings, feed: str, name: str, **columns: str) -> None:
    """Land one row of a feed as a CSV file of its own."""
    folder = settings.home / "planted" / name
    file = folder / feed / f"{name}.csv"
    file.parent.mkdir(parents=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerow(columns)
    report = land_path(settings, folder)
    assert report.rows_accepted == 1, report.lines()
