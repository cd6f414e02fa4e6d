"""The raw assets, one per feed, and the ledger: landing the folder `landing/` of the warehouse."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    MaterializeResult,
    ResourceParam,
    TableColumn,
    TableSchema,
    multi_asset,
)

from ingest.contract.feeds import FEEDS, Feed
from ingest.foundation.clock import utc_now
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.land.report import BatchReport
from ingest.raw.batches import REJECTED
from ingest.raw.raw_file import open_raw
from orchestration.dagster_graph.alerts import alert
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.ownership import OWNERS

LEDGER_KEY = AssetKey(["raw", "batches"])
QUARANTINE_KEY = AssetKey(["raw", "quarantine"])
REVOCATIONS_KEY = AssetKey(["raw", "revocations"])
LEDGER_TABLES = {
    LEDGER_KEY: "The ledger, one row per landed or rejected file.",
    QUARANTINE_KEY: "One row per rejected row. Never published.",
    REVOCATIONS_KEY: "One row per landing that was withdrawn, and one when that was undone.",
}
NO_REJECTED_FILES = "no_rejected_files"
REJECTED_FILES_TAG = "warehouse/rejected_files"


def raw_key(feed: str) -> AssetKey:
    return AssetKey(["raw", feed])


def raw_assets() -> AssetsDefinition:
    """All raw tables as one step: a landing takes up every new file, whatever its feed."""
    specs = [
        *(_feed_spec(feed) for feed in FEEDS.values()),
        *(_spec(key, description) for key, description in LEDGER_TABLES.items()),
    ]

    @multi_asset(
        name="raw_feeds",
        specs=specs,
        check_specs=[
            AssetCheckSpec(
                NO_REJECTED_FILES,
                asset=LEDGER_KEY,
                description="No file in the landing folder was refused as a whole.",
            )
        ],
        backfill_policy=BackfillPolicy.single_run(),
    )
    def raw_feeds(
        context: AssetExecutionContext, settings: ResourceParam[Settings]
    ) -> Iterator[MaterializeResult | AssetCheckResult]:
        with step_outcome(context):
            batches, newly_rejected = _land(settings)
        for batch in batches:
            context.log.info(batch.line())
        if newly_rejected:
            # In the list of runs, where a check of one asset is not seen.
            names = ", ".join(batch.source_name for batch in newly_rejected)
            context.instance.add_run_tags(context.run.run_id, {REJECTED_FILES_TAG: names[:200]})
        for batch in newly_rejected:
            alert(settings, f"{context.job_name}: {batch.line()}", context.log)
        for feed in FEEDS:
            yield MaterializeResult(
                asset_key=raw_key(feed), metadata=_counts([batch for batch in batches if batch.feed == feed])
            )
        yield MaterializeResult(asset_key=LEDGER_KEY, metadata=_counts(batches))
        yield MaterializeResult(
            asset_key=QUARANTINE_KEY,
            metadata={"rows_quarantined": sum(batch.rows_quarantined for batch in batches)},
        )
        yield MaterializeResult(asset_key=REVOCATIONS_KEY)
        rejected = [batch.line() for batch in batches if batch.status == REJECTED]
        yield AssetCheckResult(
            asset_key=LEDGER_KEY,
            check_name=NO_REJECTED_FILES,
            passed=not rejected,
            description="\n".join(rejected) or None,
            metadata={"rejected_file_count": len(rejected)},
        )

    return raw_feeds


def _land(settings: Settings) -> tuple[tuple[BatchReport, ...], list[BatchReport]]:
    """Land the folder; returns what became of each file, and which were refused for the first time."""
    settings.landing_dir.mkdir(parents=True, exist_ok=True)
    started_at = utc_now()
    with writer_lock(settings, "landing by Dagster"):
        report = land_path(settings, settings.landing_dir)
        recorded = _rejected_since(settings, started_at) if report.rejected else set()
    return report.batches, [batch for batch in report.rejected if batch.batch_id in recorded]


def _rejected_since(settings: Settings, started_at: datetime) -> set[str]:
    """A file that is still refused keeps its line in the ledger; only a new refusal has a new one."""
    with open_raw(settings, read_only=True) as connection:
        rows = connection.execute(
            "select batch_id from raw.batches where status = 'rejected' and landed_at >= ?", [started_at]
        ).fetchall()
    return {batch_id for (batch_id,) in rows}


def _counts(batches: list[BatchReport] | tuple[BatchReport, ...]) -> dict[str, int]:
    return {
        "files_landed": sum(batch.status == "landed" for batch in batches),
        "files_rejected": sum(batch.status == REJECTED for batch in batches),
        "rows_accepted": sum(batch.rows_accepted for batch in batches),
        "rows_quarantined": sum(batch.rows_quarantined for batch in batches),
    }


def _feed_spec(feed: Feed) -> AssetSpec:
    schema = TableSchema(
        columns=[
            TableColumn(column.name, column.type, tags={"personal_data": ""} if column.is_personal else None)
            for column in feed.columns
        ]
    )
    metadata: dict[str, Any] = {"dagster/column_schema": schema, "dagster/table_name": f"raw.{feed.name}"}
    return _spec(raw_key(feed.name), f"{feed.meaning} Every version of every row, as delivered.", metadata)


def _spec(key: AssetKey, description: str, metadata: Mapping[str, Any] | None = None) -> AssetSpec:
    return AssetSpec(
        key,
        description=description,
        group_name="raw",
        kinds={"duckdb"},
        owners=OWNERS,
        tags={"layer": "raw"},
        metadata=metadata,
    )
