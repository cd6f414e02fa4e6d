"""The nightly backup as an asset, made behind the calibration's publication."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, MetadataValue, ResourceParam, asset

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.ownership import OWNERS
from orchestration.dagster_graph.published import PUBLISHED_KEY

BACKUP_KEY = AssetKey(["backup"])


@asset(
    key=BACKUP_KEY,
    deps=[PUBLISHED_KEY],
    group_name="published",
    kinds={"parquet"},
    owners=OWNERS,
    output_required=False,
)
def nightly_backup(
    context: AssetExecutionContext, settings: ResourceParam[Settings]
) -> Iterator[MaterializeResult]:
    """What cannot be computed again, brought up to date in the folder that the setting backup_dir names; nothing without it."""
    from orchestration.backup.backup import backup

    if settings.backup_dir is None:
        context.log.info("The setting backup_dir names no folder: nothing is backed up.")
        return
    with step_outcome(context):
        report = backup(settings, settings.backup_dir)
    yield MaterializeResult(
        metadata={
            "path": MetadataValue.path(report.folder),
            "landings": report.batch_count,
            "new_landings": report.new_batch_count,
            "rows": report.row_count,
        }
    )
