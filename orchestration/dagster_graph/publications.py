"""Records in Dagster what was published without it: by the command line, the demo, or before Dagster was set up.

The published file says what a run made; nothing of Dagster runs with the commands, so they cost what they did.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import duckdb
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    AssetMaterialization,
    AssetSpec,
    DagsterInstance,
    DefaultSensorStatus,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.settings import Settings
from orchestration.dagster_graph import freshness, trust_checks
from orchestration.dagster_graph.activity import reason_to_wait
from orchestration.dagster_graph.calibration import CALIBRATION_KEY, calibration_metadata, drift_evaluation
from orchestration.dagster_graph.dbt_checks import DbtChecks
from orchestration.dagster_graph.evaluations import evaluation
from orchestration.dagster_graph.pages import PAGES_KEY, pages_are_of
from orchestration.dagster_graph.partitions import business_days
from orchestration.dagster_graph.published import (
    PUBLISHED_KEY,
    WAREHOUSE_RUN_ID,
    publication_metadata,
    row_counts,
)
from orchestration.dagster_graph.raw_assets import LEDGER_TABLES, raw_key
from orchestration.reading.published import Publication, open_published, read_publication
from orchestration.reading.trust import read_trust

INTERVAL_SECONDS = 10
# Each takes a hundredth of a second, in which no other sensor ticks; what is left comes with the next ones.
EVENTS_PER_TICK = 300

Event = AssetMaterialization | AssetCheckEvaluation


@dataclass(frozen=True)
class Graph:
    """What the recorder knows of the graph: the assets of dbt's nodes by unique id, in building order, and their checks."""

    specs: Mapping[str, AssetSpec]
    checks: DbtChecks


def publication_sensor(settings: Settings, graph: Graph) -> SensorDefinition:
    """Reports assets and checks of a publication that no run of Dagster has reported."""

    @sensor(
        name="publications_made_elsewhere",
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Records what the command line published, so that the graph shows it.",
    )
    def publications_made_elsewhere(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        state = _file_state(settings)
        if state is None:
            return SkipReason("Nothing is published yet.")
        if context.cursor == state:
            return SkipReason("The publication is known.")
        # A run that has published reports it itself, a step later.
        reason = reason_to_wait(context.instance, settings)
        if reason:
            return SkipReason(reason)
        try:
            with open_published(settings) as connection:
                publication = read_publication(settings, connection)
                events = (
                    []
                    if _recorded_run(context.instance, PUBLISHED_KEY) == publication.run_id
                    else list(
                        islice(
                            _events(settings, graph, context.instance, connection, publication),
                            EVENTS_PER_TICK,
                        )
                    )
                )
        except (WarehouseError, duckdb.Error) as error:
            return SkipReason(str(error))
        is_done = len(events) < EVENTS_PER_TICK
        if is_done and not events:
            return SensorResult(
                skip_reason=f"Publication {publication.run_id} was made by a run of Dagster.", cursor=state
            )
        context.log.info(
            f"Publication {publication.run_id} was made elsewhere: {len(events)} events recorded."
        )
        return SensorResult(asset_events=events, cursor=state if is_done else context.cursor)

    return publications_made_elsewhere


def _file_state(settings: Settings) -> str | None:
    try:
        found = os.stat(settings.published_path)
    except OSError:
        return None
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"


def _recorded_run(instance: DagsterInstance, key: AssetKey) -> object:
    """The run of the warehouse of which `key` was recorded last, None if none was."""
    last = instance.get_latest_materialization_event(key)
    recorded = last.asset_materialization if last else None
    run_id = recorded.metadata.get(WAREHOUSE_RUN_ID) if recorded else None
    return run_id.value if run_id else None


def _events(
    settings: Settings,
    graph: Graph,
    instance: DagsterInstance,
    connection: duckdb.DuckDBPyConnection,
    publication: Publication,
) -> Iterator[Event]:
    """Earlier dates first, which the last publication does not close; then, in building order, what it made."""
    counts = row_counts(connection)
    is_rebuild = _is_rebuild(connection, publication)
    last_date = publication.as_of_date
    dated = [spec for spec in graph.specs.values() if spec.partitions_def]
    for spec in dated:
        yield from _dates_not_recorded(settings, instance, spec.key, last_date)
    yield from _landed(connection)
    yield from _calibrated(settings, graph, instance, connection)
    for unique_id, spec in graph.specs.items():
        # A rebuild takes up the seeds; whatever was published is built from them.
        is_seed = not unique_id.startswith("model.")
        if not is_seed or is_rebuild or instance.get_latest_materialization_event(spec.key) is None:
            rows = counts.get(".".join(spec.key.path))
            yield AssetMaterialization(
                spec.key,
                metadata={} if rows is None else {"dagster/row_count": rows},
                partition=str(last_date) if spec.partitions_def else None,
            )
    zone = ZoneInfo(settings.business_time_zone)
    last_landed = freshness.last_landed(connection)
    results = [freshness.judge(settings, feed, last_landed.get(feed), utc_now()) for feed in FEEDS]
    results += trust_checks.judge(read_trust(settings, connection), zone)
    yield from map(evaluation, results)
    # It makes the publication known, so all that it consists of comes before it, and what is made of it after.
    yield AssetMaterialization(PUBLISHED_KEY, metadata=publication_metadata(settings, publication, counts))
    if pages_are_of(settings, publication):
        yield AssetMaterialization(PAGES_KEY)


def _is_rebuild(connection: duckdb.DuckDBPyConnection, publication: Publication) -> bool:
    return bool(
        fetch_value(
            connection, "select is_full_refresh from audit.runs where run_id = ?", [publication.run_id]
        )
    )


def _calibrated(
    settings: Settings, graph: Graph, instance: DagsterInstance, connection: duckdb.DuckDBPyConnection
) -> Iterator[Event]:
    """The last calibration, where it is not recorded yet; behind its checks, which a tick may not have room for."""
    run_id = fetch_value(connection, "select max_by(run_id, started_at) from audit.calibration_runs")
    if run_id is None or run_id == _recorded_run(instance, CALIBRATION_KEY):
        return
    yield drift_evaluation(settings)
    for check in graph.checks.specs:
        # A calibration runs every data test, and one that fails stops it.
        yield AssetCheckEvaluation(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=True,
            description=f"Calibration {run_id} published, which a failed data test stops.",
        )
    yield AssetMaterialization(CALIBRATION_KEY, metadata=calibration_metadata(settings, connection))


def _dates_not_recorded(
    settings: Settings, instance: DagsterInstance, key: AssetKey, last_date: date
) -> Iterator[AssetMaterialization]:
    """A publication holds every date of a mart up to its own; those that no run has reported, newest first."""
    recorded = instance.get_materialized_partitions(key)
    first_date = date.fromisoformat(business_days(settings).get_first_partition_key() or str(last_date))
    for days in range(1, (last_date - first_date).days + 1):
        partition = str(last_date - timedelta(days=days))
        if partition not in recorded:
            yield AssetMaterialization(key, partition=partition)


def _landed(connection: duckdb.DuckDBPyConnection) -> Iterator[AssetMaterialization]:
    rows = fetch_rows(
        connection,
        "select feed, count(*) filter (status = 'landed'), count(*) filter (status = 'rejected'), "
        "cast(coalesce(sum(rows_accepted) filter (status = 'landed'), 0) as bigint), "
        "cast(coalesce(sum(rows_quarantined) filter (status = 'landed'), 0) as bigint) from audit.load_batches group by feed",
    )
    names = (
        "files_landed_in_all",
        "files_rejected_in_all",
        "rows_accepted_in_all",
        "rows_quarantined_in_all",
    )
    found = {feed: dict(zip(names, counts, strict=True)) for feed, *counts in rows}
    for feed in FEEDS:
        yield AssetMaterialization(raw_key(feed), metadata=found.get(feed, {}))
    for key in LEDGER_TABLES:
        yield AssetMaterialization(key)
