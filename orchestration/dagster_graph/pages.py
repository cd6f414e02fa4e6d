"""The dashboard's pages as an asset, made from every publication."""

from datetime import UTC, datetime

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AutomationCondition,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    asset,
)

from ingest.foundation.clock import naive_utc
from ingest.foundation.settings import Settings
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.ownership import OWNERS
from orchestration.dagster_graph.published import PUBLISHED_KEY
from orchestration.reading.published import Publication

PAGES_KEY = AssetKey(["dashboard"])


# Also after what the command line published: the job makes the pages of its own publications in the same run.
@asset(
    key=PAGES_KEY,
    deps=[PUBLISHED_KEY],
    group_name="published",
    kinds={"html"},
    owners=OWNERS,
    automation_condition=AutomationCondition.eager(),
)
def dashboard_pages(context: AssetExecutionContext, settings: ResourceParam[Settings]) -> MaterializeResult:
    """Four static pages per language and currency, put in place at once."""
    from dashboard.build import INDEX, build_dashboard

    with step_outcome(context):
        report = build_dashboard(settings)
    return MaterializeResult(
        metadata={
            "path": MetadataValue.path(settings.dashboard_dir / INDEX),
            "pages": report.page_count,
            "bytes": report.byte_count,
        }
    )


def pages_are_of(settings: Settings, publication: Publication) -> bool:
    """Whether the pages in place were made after a publication."""
    from dashboard.build import INDEX

    try:
        made_at = datetime.fromtimestamp((settings.dashboard_dir / INDEX).stat().st_mtime, UTC)
    except OSError:
        return False
    return naive_utc(made_at) >= publication.published_at
