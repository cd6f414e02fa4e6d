"""The dashboard's pages as an asset, made from every publication."""

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, MetadataValue, ResourceParam, asset

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.published import PUBLISHED_KEY

PAGES_KEY = AssetKey(["dashboard"])


@asset(key=PAGES_KEY, deps=[PUBLISHED_KEY], group_name="published", kinds={"html"})
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
