"""What is wrong is told once, again when it changes, and when it is over."""

import logging
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from dagster import build_sensor_context

from ingest.foundation.clock import utc_now
from ingest.foundation.settings import Settings
from orchestration.backup.backup import backup
from orchestration.dagster_graph.alarms import Alarm, alarm_sensor, alarms, tell_news
from orchestration.runs.build_file import open_build
from tests.support.webhook import webhook

log = logging.getLogger("test")
NOW = datetime(2026, 3, 10, 4)


def told(settings: Settings) -> list[str]:
    file = settings.logs_dir / "alerts.log"
    return (
        [line.split(" ", 1)[1] for line in file.read_text(encoding="utf-8").splitlines()]
        if file.exists()
        else []
    )


@pytest.fixture
def published(settings: Settings) -> Settings:
    """The tables that alarms read: all is well."""
    settings.published_path.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published_path)) as connection:
        for statement in (
            "create schema marts",
            "create schema audit",
            "create table marts.core_data_quality (feed varchar, reason varchar, quarantined_count bigint)",
            "create table marts.core_periods as select timestamp '2026-03-10 04:00:00' as as_of_at",
            "create table marts.core_freshness as select 'payments' as feed, "
            "timestamp '2026-03-10 03:00:00' as last_updated_at, timestamp '2026-03-10 03:00:00' as last_landed_at",
            "create table marts.core_fx_daily (currency_code varchar, business_date date, rate_cny decimal(20, 10), "
            "paid_amount decimal(18, 2), open_amount decimal(18, 2), booked_cny decimal(18, 2), open_cny decimal(18, 2), "
            "is_rate_stale boolean, is_rate_provisional boolean)",
            "create table audit.rate_sources (rate_source varchar, rate_count bigint, is_official boolean, is_fallback boolean)",
            "create table audit.calibration_runs (run_id varchar, unexplained_count bigint, started_at timestamp)",
            "create table audit.quarantine (feed varchar, reason varchar, stage varchar, is_released boolean)",
        ):
            connection.execute(statement)
    return settings


def change(settings: Settings, statement: str) -> None:
    with duckdb.connect(str(settings.published_path)) as connection:
        connection.execute(statement)


def test_nothing_is_wrong_with_a_warehouse_that_is_well(published: Settings) -> None:
    assert alarms(published, NOW) == []


def test_a_new_home_is_not_wrong(settings: Settings) -> None:
    assert alarms(settings, NOW) == []


@pytest.mark.parametrize(
    ("statement", "about", "said"),
    [
        (
            "update marts.core_freshness set last_updated_at = timestamp '2026-03-05 00:00:00'",
            "silent feed payments",
            "payments is silent since 2026-03-05 08:00 (expected every 1 day)",
        ),
        (
            "update marts.core_freshness set last_landed_at = timestamp '2026-03-05 00:00:00'",
            "landing of payments",
            "payments has stopped landing. Last landed 2026-03-05 08:00 (Asia/Shanghai), 124.0 hours ago.",
        ),
        (
            "insert into marts.core_fx_daily values ('THB', '2026-03-09', null, 5, 5, null, null, false, false)",
            "rates missing",
            "no rate at all: 2026-03-09 to 2026-03-09, on THB",
        ),
        (
            "insert into marts.core_fx_daily values ('THB', '2026-03-09', 0.2, 5, 5, 1, 1, true, false)",
            "rates stale",
            "a rate carried forward for too long: 2026-03-09 to 2026-03-09, 1.00 CNY booked, 1.00 CNY open, on THB",
        ),
        (
            "insert into audit.rate_sources values ('central_parity', 0, true, false), ('ecb', 9, false, false)",
            "rate source official_rate_source",
            "official_rate_source is central_parity, which has delivered no rate; ecb has",
        ),
        (
            "insert into marts.core_data_quality values ('payments', 'no_rate', 3)",
            "payments without a rate",
            "payments in no figure, because no rate is known for their currency: 3",
        ),
        (
            "insert into audit.calibration_runs values ('r1', 0, '2026-03-08'), ('r2', 4, '2026-03-09')",
            "unexplained drift",
            "calibration r2 found 4 cells of unexplained drift",
        ),
        (
            "insert into audit.quarantine values ('refunds', 'not_a_number', 'landing', false), "
            "('refunds', 'unknown_code', 'modelling', false), ('refunds', 'x', 'waiting', false), "
            "('users', 'not_a_number', 'landing', true)",
            "quarantine of refunds",
            "rows of refunds in quarantine: 2 (not_a_number and others)",
        ),
    ],
)
def test_each_thing_that_is_wrong_is_said(published: Settings, statement: str, about: str, said: str) -> None:
    change(published, statement)
    [found] = alarms(published, NOW)
    assert found.about == about
    assert said in found.text


def test_a_backup_that_is_missing_damaged_or_too_old_is_said(settings: Settings, tmp_path: Path) -> None:
    kept = settings.replace(backup_dir=tmp_path / "kept")
    [missing] = alarms(kept, NOW)
    assert "there is no backup in" in missing.text
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "manifest.json").write_text("{}")
    [damaged] = alarms(kept, NOW)
    assert "manifest.json is damaged" in damaged.text
    (tmp_path / "kept" / "manifest.json").unlink()
    open_build(settings).close()
    backup(settings, tmp_path / "kept")
    assert alarms(kept, utc_now() + timedelta(hours=47)) == []
    [old] = alarms(kept, utc_now() + timedelta(hours=73))
    assert "is 3 days old" in old.text


def test_it_is_told_once_again_when_it_changes_and_when_it_is_over(settings: Settings) -> None:
    first = Alarm("silent feed payments", "2026-03-05", "payments is silent since 2026-03-05")
    state = tell_news(settings, [first], {}, log)
    state = tell_news(settings, [first], state, log)
    assert told(settings) == ["payments is silent since 2026-03-05"]
    later = Alarm("silent feed payments", "2026-03-07", "payments is silent since 2026-03-07")
    state = tell_news(settings, [later], state, log)
    state = tell_news(settings, [], state, log)
    assert tell_news(settings, [], state, log) == {}
    assert told(settings)[1:] == [
        "payments is silent since 2026-03-07",
        "over: payments is silent since 2026-03-07",
    ]


def test_what_grows_is_told_only_when_it_is_more(settings: Settings) -> None:
    state: dict[str, list[str]] = {}
    for count in (3, 3, 2, 4):
        alarm = Alarm("quarantine of users", str(count), f"{count} rows", is_growing=True)
        state = tell_news(settings, [alarm], state, log)
    assert told(settings) == ["3 rows", "4 rows"]


def test_the_sensor_remembers_what_it_told(published: Settings) -> None:
    change(published, "insert into audit.calibration_runs values ('r2', 4, '2026-03-09')")
    change(published, "update marts.core_freshness set last_landed_at = now()")
    with webhook() as (url, received):
        sensor = alarm_sensor(published.replace(webhook_url=url))
        first = build_sensor_context()
        sensor(first)
        sensor(build_sensor_context(cursor=first.cursor))
    assert [message["text"][:14] for message in received] == ["calibration r2"]


def test_a_publication_that_cannot_be_read_ends_no_tick(settings: Settings) -> None:
    settings.published_path.parent.mkdir(parents=True)
    settings.published_path.write_bytes(b"no database")
    skipped = alarm_sensor(settings)(build_sensor_context())
    assert "could not be read" in str(skipped)
