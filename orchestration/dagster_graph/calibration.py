"""The nightly calibration as an asset, and the check that every difference it found has a stated cause."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from dagster import (
    AssetCheckEvaluation,
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    TableColumn,
    TableRecord,
    TableSchema,
    asset,
    multi_asset_check,
)

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import minute_text
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_row, fetch_value
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from orchestration.catalogue.trust_codes import CAUSES
from orchestration.dagster_graph.dbt_assets import node_metadata, table_row_counts
from orchestration.dagster_graph.dbt_checks import DbtChecks
from orchestration.dagster_graph.evaluations import evaluation
from orchestration.dagster_graph.failures import failure, step_outcome
from orchestration.dagster_graph.ownership import OWNERS
from orchestration.dagster_graph.partitions import business_date
from orchestration.dagster_graph.published import WAREHOUSE_RUN_ID
from orchestration.dagster_graph.raw_assets import raw_key
from orchestration.reading.published import open_published
from orchestration.runs.calibrate import CalibrationReport, calibrate
from orchestration.runs.dbt import DbtFailed

CALIBRATION_KEY = AssetKey(["calibration"])
NO_UNEXPLAINED_DRIFT = "no_unexplained_drift"
SHOWN_RUNS = 30


def calibration_asset(specs: Mapping[str, AssetSpec], checks: DbtChecks) -> AssetsDefinition:
    """The full refresh, a step of its own: no lost run configuration can make an increment of it."""

    @asset(
        key=CALIBRATION_KEY,
        deps=[raw_key(feed) for feed in FEEDS],
        group_name="calibration",
        owners=OWNERS,
        kinds={"dbt", "duckdb"},
    )
    def calibration(context: AssetExecutionContext, settings: ResourceParam[Settings]) -> MaterializeResult:
        """Every table rebuilt beside the live ones as of now, compared cell by cell, swapped, published."""
        with step_outcome(context):
            try:
                report, row_counts = _calibrate(settings)
            except DbtFailed as failed:
                # A failed test hangs on the asset that it is about, not only on the step.
                for check in checks.results(failed.results):
                    context.log_event(evaluation(check))
                raise
        context.log.info(report.summary())
        warning = report.run.warning()
        if warning:
            context.log.warning(warning)
        partition = business_date(settings, report.run.as_of)
        built = node_metadata(report.run.results, row_counts, specs)
        for unique_id, metadata in built.items():
            spec = specs[unique_id]
            context.log_event(
                AssetMaterialization(
                    spec.key, metadata=metadata, partition=partition if spec.partitions_def else None
                )
            )
        for check in checks.results(report.run.results):
            context.log_event(evaluation(check))
        with open_published(settings) as connection:
            metadata = calibration_metadata(settings, connection)
        return MaterializeResult(metadata={"summary": report.summary(), **metadata})

    return calibration


def calibration_metadata(settings: Settings, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the last published calibration, of which there must be one, says of itself.

    Of the file that `open_published` opened.
    """
    zone = ZoneInfo(settings.business_time_zone)
    drift = drift_by_cause(connection, zone)
    last = drift[-1].data
    as_of_at = fetch_value(connection, "select max_by(as_of_at, started_at) from audit.calibration_runs")
    return {
        WAREHOUSE_RUN_ID: last["run_id"],
        "as_of": minute_text(as_of_at, zone),
        "time_zone": zone.key,
        "seconds": last["duration_seconds"],
        "compared_row_count": last["compared_row_count"],
        **{f"{cause}_count": last[f"{cause}_count"] for cause in CAUSES},
        "drift_by_cause": MetadataValue.table(drift),
    }


def _calibrate(settings: Settings) -> tuple[CalibrationReport, dict[str, int]]:
    with writer_lock(settings, "calibration by Dagster"):
        report = calibrate(settings, earlier_as_of="keep published")
        return report, table_row_counts(settings)


def drift_by_cause(connection: duckdb.DuckDBPyConnection, zone: ZoneInfo) -> list[TableRecord]:
    """One row per calibration, oldest first, with the number of differing cells by cause: a table to plot.

    Of the file that `open_published` opened; instants are on the clock of `zone`.
    """
    causes = ", ".join(f"{cause}_count" for cause in CAUSES)
    runs = connection.execute(
        f"select started_at, run_id, outcome, compared_row_count, difference_count, {causes}, "
        "cast(duration_seconds as double) as duration_seconds "
        f"from audit.calibration_runs order by started_at desc, run_id limit {SHOWN_RUNS}"
    )
    columns = [column[0] for column in runs.description or []]
    rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in runs.fetchall()]
    return [TableRecord(row | {"started_at": minute_text(row["started_at"], zone)}) for row in reversed(rows)]


def no_unexplained_drift_check() -> AssetChecksDefinition:
    """A step of its own that fails: what was published stays reported, and the run is red."""

    @multi_asset_check(
        name=NO_UNEXPLAINED_DRIFT,
        specs=[
            AssetCheckSpec(
                NO_UNEXPLAINED_DRIFT,
                asset=CALIBRATION_KEY,
                description="Incremental and rebuilt tables differ nowhere without a stated cause.",
            )
        ],
    )
    def no_unexplained_drift(
        context: AssetCheckExecutionContext, settings: ResourceParam[Settings]
    ) -> Iterator[AssetCheckResult]:
        with step_outcome(context.op_execution_context):
            found = _unexplained(settings)
        yield found.result(settings)
        if found.cell_count:
            raise failure(context.op_execution_context, WarehouseError(found.message(settings)))

    return no_unexplained_drift


def drift_evaluation(settings: Settings) -> AssetCheckEvaluation:
    """The check of the last published calibration as an event of its own."""
    return evaluation(_unexplained(settings).result(settings))


_EXAMPLE_COLUMNS = ("table_name", "key", "column_name", "incremental_value", "calibrated_value")
_EXAMPLE_SCHEMA = TableSchema(columns=[TableColumn(name) for name in _EXAMPLE_COLUMNS])


@dataclass(frozen=True)
class _Unexplained:
    """What the last calibration found without a stated cause."""

    run_id: str
    cell_count: int
    tables: list[str]
    examples: list[TableRecord]

    def message(self, settings: Settings) -> str:
        if not self.cell_count:
            return f"Calibration {self.run_id}: every difference has a stated cause."
        return (
            f"Calibration {self.run_id}: {self.cell_count} cells differ between the incremental and the "
            f"rebuilt tables without a stated cause, in {', '.join(self.tables)}. The rebuilt figures are "
            "published. See "
            f"audit.calibration_drift, run_id {self.run_id}, in {settings.published_path}, "
            "and report it: this is a bug."
        )

    def result(self, settings: Settings) -> AssetCheckResult:
        return AssetCheckResult(
            asset_key=CALIBRATION_KEY,
            check_name=NO_UNEXPLAINED_DRIFT,
            passed=not self.cell_count,
            severity=AssetCheckSeverity.ERROR,
            description=self.message(settings),
            metadata={
                "unexplained_count": self.cell_count,
                "examples": MetadataValue.table(self.examples, schema=_EXAMPLE_SCHEMA),
            },
        )


def _unexplained(settings: Settings) -> _Unexplained:
    with open_published(settings) as connection:
        last = fetch_row(
            connection,
            "select run_id, unexplained_count from audit.calibration_runs "
            "order by started_at desc, run_id limit 1",
        )
        if last is None:
            raise WarehouseError("No calibration has run yet. Run calibration_job.")
        found = connection.execute(
            f"select {', '.join(_EXAMPLE_COLUMNS)} from audit.calibration_drift "
            "where run_id = ? and cause = 'unexplained' order by all",
            [last[0]],
        ).fetchall()
    examples = [
        TableRecord({name: value or "NULL" for name, value in zip(_EXAMPLE_COLUMNS, row, strict=True)})
        for row in found[:20]
    ]
    return _Unexplained(last[0], last[1], sorted({row[0] for row in found}), examples)
