"""What is wrong with the warehouse while no run fails: told once, and again when it changes or is over."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
from dagster import DefaultSensorStatus, SensorDefinition, SensorEvaluationContext, SkipReason, sensor

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_row, fetch_rows
from ingest.foundation.settings import Settings
from orchestration.backup.age import backup_fault
from orchestration.dagster_graph import freshness
from orchestration.dagster_graph.alerts import alert, tell
from orchestration.reading.answers import rate_lines, silent_feed_text, silent_source_text
from orchestration.reading.published import open_published
from orchestration.reading.trust import Trust, read_trust

INTERVAL_SECONDS = 60


@dataclass(frozen=True)
class Alarm:
    """`about` names what is wrong; it is told again when `state` changes, a growing one only when it is more."""

    about: str
    state: str
    text: str
    is_growing: bool = False

    def is_news(self, told_state: str | None) -> bool:
        if told_state is None or not self.is_growing:
            return told_state != self.state
        return int(self.state) > int(told_state)


def alarm_sensor(settings: Settings) -> SensorDefinition:
    """Looks at the publication and the backup; what it has told stands in its cursor."""

    @sensor(
        name="warehouse_alarms",
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells of silent feeds, missing rates, unexplained drift, a growing quarantine, an old backup: "
        "in logs/alerts.log and to the webhook if set, once until it changes.",
    )
    def warehouse_alarms(context: SensorEvaluationContext) -> SkipReason:
        try:
            found = alarms(settings, utc_now())
        except (WarehouseError, duckdb.Error) as error:
            return SkipReason(str(error))
        told: dict[str, list[str]] = json.loads(context.cursor) if context.cursor else {}
        now_told = tell_news(settings, found, told, context.log)
        context.update_cursor(json.dumps(now_told, sort_keys=True))
        return SkipReason(f"{len(found)} things are wrong." if found else "Nothing is wrong.")

    return warehouse_alarms


def tell_news(
    settings: Settings, found: list[Alarm], told: Mapping[str, list[str]], log: logging.Logger
) -> dict[str, list[str]]:
    """Tell what is new, changed or over; returns what has been told: (state, text) by what it is about."""
    for alarm in found:
        if alarm.is_news(told[alarm.about][0] if alarm.about in told else None):
            alert(settings, alarm.text, log)
    standing = {alarm.about for alarm in found}
    for about, (_, text) in told.items():
        if about not in standing:
            tell(settings, f"over: {text}", log, logging.INFO)
    return {alarm.about: [alarm.state, alarm.text] for alarm in found}


def alarms(settings: Settings, now: datetime) -> list[Alarm]:
    """Everything that is wrong at `now` (naive UTC). Raises WarehouseError where the published file cannot be read."""
    found = []
    if settings.published_path.exists():
        with open_published(settings) as connection:
            found += _of_the_data(settings, read_trust(settings, connection))
            found += _not_landing(settings, freshness.last_landed(connection), now)
            found += _drift(connection)
            found += _quarantine(connection)
    fault = backup_fault(settings, now)
    if fault:
        found.append(Alarm("backup", fault[0], fault[1]))
    return found


def _of_the_data(settings: Settings, trust: Trust) -> list[Alarm]:
    zone = ZoneInfo(settings.business_time_zone)
    found = [
        Alarm(f"silent feed {feed.feed}", str(feed.last_updated_at), silent_feed_text(feed, zone))
        for feed in trust.silent_feeds
    ]
    found += [
        Alarm(f"rate source {source.setting}", source.rate_source, silent_source_text(source))
        for source in trust.silent_sources
    ]
    # What is missing grows by the day; which currencies lack it is the news.
    found += [
        Alarm(f"rates {kind}", ",".join(codes), f"{text} (`warehouse status`)")
        for kind, codes, text in rate_lines(trust)
    ]
    if trust.unrated_payment_count:
        text = f"payments in no figure, because no rate is known for their currency: {trust.unrated_payment_count}"
        found.append(
            Alarm("payments without a rate", str(trust.unrated_payment_count), text, is_growing=True)
        )
    return found


def _not_landing(
    settings: Settings, last_landed: Mapping[str, datetime | None], now: datetime
) -> list[Alarm]:
    results = {feed: freshness.judge(settings, feed, last_landed.get(feed), now) for feed in FEEDS}
    return [
        Alarm(
            f"landing of {feed}", str(last_landed[feed]), f"{feed} has stopped landing. {result.description}"
        )
        for feed, result in results.items()
        if not result.passed
    ]


def _drift(connection: duckdb.DuckDBPyConnection) -> list[Alarm]:
    last = fetch_row(
        connection,
        "select run_id, unexplained_count from audit.calibration_runs order by started_at desc, run_id limit 1",
    )
    if last is None or not last[1]:
        return []
    text = f"calibration {last[0]} found {last[1]} cells of unexplained drift (audit.calibration_drift); report it"
    return [Alarm("unexplained drift", last[0], text)]


def _quarantine(connection: duckdb.DuckDBPyConnection) -> list[Alarm]:
    rows = fetch_rows(
        connection,
        "select feed, count(*), count(distinct reason), min(reason) from audit.quarantine "
        "where not is_released and stage in ('landing', 'modelling') group by feed order by feed",
    )
    return [
        Alarm(
            f"quarantine of {feed}",
            str(count),
            f"rows of {feed} in quarantine: {count} ({first}{' and others' if reasons > 1 else ''}); "
            f"`warehouse quarantine list --feed {feed}`",
            is_growing=True,
        )
        for feed, count, reasons, first in rows
    ]
