"""The nightly backup as an asset, made behind the calibration's publication, in homes where backup_dir names a folder."""

from pathlib import Path

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    asset,
)

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.automation import whenever_made
from orchestration.dagster_graph.calibration import CALIBRATION_KEY
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.ownership import OWNERS
from orchestration.dagster_graph.published import PUBLISHED_KEY

BACKUP_KEY = AssetKey(["backup"])


def backup_asset(folder: Path) -> AssetsDefinition:
    """The backup into `folder`."""

    @asset(
        key=BACKUP_KEY,
        deps=[PUBLISHED_KEY],
        group_name="published",
        kinds={"parquet"},
        owners=OWNERS,
        automation_condition=whenever_made(CALIBRATION_KEY),
    )
    def nightly_backup(
        context: AssetExecutionContext, settings: ResourceParam[Settings]
    ) -> MaterializeResult:
        """What cannot be computed again, brought up to date in the folder that the setting backup_dir names."""
        from orchestration.backup.backup import backup

        with step_outcome(context):
            report = backup(settings, folder)
        return MaterializeResult(
            metadata={
                "path": MetadataValue.path(report.folder),
                "landings": report.batch_count,
                "new_landings": report.new_batch_count,
                "rows": report.row_count,
            }
        )

    return nightly_backup
