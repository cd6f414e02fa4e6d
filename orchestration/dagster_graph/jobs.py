"""The jobs. The build file has one writer: their steps run in turn, in one process."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dagster import AssetKey, AssetSelection, define_asset_job, in_process_executor

from orchestration.dagster_graph.calibration import CALIBRATION_KEY
from orchestration.dagster_graph.published import PUBLISHED_KEY

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

INCREMENTAL_JOB = "incremental_job"
CALIBRATION_JOB = "calibration_job"


def incremental_job(nightly: Iterable[AssetKey]) -> "UnresolvedAssetJobDefinition":
    """Land, increment and publish, for one business date or, in a single run, a range of them; without what is `nightly`."""
    return define_asset_job(
        INCREMENTAL_JOB,
        selection=AssetSelection.all() - AssetSelection.assets(*nightly),
        executor_def=in_process_executor,
        description="Land what is new, bring every table up to date as of the end of the partition, publish.",
    )


def calibration_job() -> "UnresolvedAssetJobDefinition":
    """Rebuild, compare, swap and publish, with everything that is made from the publication."""
    return define_asset_job(
        CALIBRATION_JOB,
        selection=AssetSelection.assets(CALIBRATION_KEY) | AssetSelection.assets(PUBLISHED_KEY).downstream(),
        executor_def=in_process_executor,
        description="Full refresh as of now, drift report, publish; then the digests, and the backup where backup_dir is set.",
    )
