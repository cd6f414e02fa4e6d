"""Puts the graph together."""

from dagster import Definitions, in_process_executor

from ingest.foundation.settings import Settings
from orchestration.catalogue.project import manifest_dict
from orchestration.dagster_graph import jobs, schedules, sensors
from orchestration.dagster_graph.alarms import alarm_sensor
from orchestration.dagster_graph.automation import automation_sensor
from orchestration.dagster_graph.backup import BACKUP_KEY, backup_asset
from orchestration.dagster_graph.calibration import (
    CALIBRATION_KEY,
    calibration_asset,
    no_unexplained_drift_check,
)
from orchestration.dagster_graph.dbt_assets import dbt_assets, dbt_specs
from orchestration.dagster_graph.dbt_checks import dbt_checks
from orchestration.dagster_graph.digests import DIGESTS_KEY, digests
from orchestration.dagster_graph.freshness import feed_freshness_checks
from orchestration.dagster_graph.pages import PAGES_KEY, dashboard_pages
from orchestration.dagster_graph.publications import Graph, publication_sensor
from orchestration.dagster_graph.published import published_asset
from orchestration.dagster_graph.raw_assets import raw_assets
from orchestration.dagster_graph.resources import warehouse_resources
from orchestration.dagster_graph.trust_checks import trust_checks


def build_defs(settings: Settings) -> Definitions:
    """Everything Dagster knows of a warehouse. Raises WarehouseError if the dbt project cannot be parsed."""
    manifest = manifest_dict(settings)
    specs = dbt_specs(settings, manifest)
    checks = dbt_checks(manifest, {unique_id: spec.key for unique_id, spec in specs.items()})
    published_from = [
        spec.key
        for unique_id, spec in specs.items()
        if unique_id.startswith("model.") and spec.key.path[0] in ("marts", "audit")
    ]
    # What no home does is in no home's graph.
    backups = {BACKUP_KEY: backup_asset(settings.backup_dir)} if settings.backup_dir else {}
    return Definitions(
        assets=[
            raw_assets(),
            dbt_assets(settings, specs, checks),
            calibration_asset(specs, checks),
            published_asset([*published_from, CALIBRATION_KEY]),
            dashboard_pages,
            digests,
            *backups.values(),
        ],
        asset_checks=[no_unexplained_drift_check(), feed_freshness_checks(), trust_checks()],
        jobs=[jobs.incremental_job([CALIBRATION_KEY, DIGESTS_KEY, *backups]), jobs.calibration_job()],
        schedules=[
            schedules.daytime_schedule(settings),
            schedules.calibration_schedule(settings),
        ],
        sensors=[
            sensors.landing_sensor(settings),
            sensors.failure_sensor(settings),
            publication_sensor(settings, Graph(specs, checks)),
            automation_sensor(PAGES_KEY, DIGESTS_KEY, *backups),
            alarm_sensor(settings),
        ],
        resources=warehouse_resources(settings),
        executor=in_process_executor,
    )
