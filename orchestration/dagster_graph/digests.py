"""The digests of the last finished week and month as an asset, made behind the calibration's publication."""

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, MetadataValue, ResourceParam, asset

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.automation import whenever_made
from orchestration.dagster_graph.calibration import CALIBRATION_KEY
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.ownership import OWNERS
from orchestration.dagster_graph.published import PUBLISHED_KEY

DIGESTS_KEY = AssetKey(["digests"])


# Also after a calibration of the command line: the calibration's job makes its own in the same run.
@asset(
    key=DIGESTS_KEY,
    deps=[PUBLISHED_KEY],
    group_name="published",
    kinds={"html"},
    owners=OWNERS,
    automation_condition=whenever_made(CALIBRATION_KEY),
)
def digests(context: AssetExecutionContext, settings: ResourceParam[Settings]) -> MaterializeResult:
    """The figures of the last finished week and month, written to files, and sent once where settings say how."""
    from dashboard.digest.build import build_digests
    from dashboard.digest.send import send

    with step_outcome(context):
        letters = build_digests(settings)
        sent = send(settings, letters)
    return MaterializeResult(
        metadata={
            "path": MetadataValue.path(settings.digests_dir),
            "periods": ", ".join(dict.fromkeys(letter.key for letter in letters)),
            "sent": len(sent),
        }
    )
