"""The published file as an asset, after the marts. What is made from it, such as pages, depends on it."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    TableRecord,
    asset,
)

from ingest.foundation.clock import minute_text, zone_label
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from orchestration.dagster_graph.failures import step_outcome
from orchestration.dagster_graph.ownership import OWNERS
from orchestration.reading.published import Publication, open_published, read_publication

PUBLISHED_KEY = AssetKey(["published"])
# The metadata by which a publication is known again.
WAREHOUSE_RUN_ID = "warehouse_run_id"


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every published table, by `schema.table`."""
    tables = fetch_rows(
        connection,
        "select schema_name, table_name from duckdb_tables() where database_name = 'published' order by all",
    )
    return {
        f"{schema}.{table}": fetch_value(
            connection, f"select count(*) from {schema}.{quote_identifier(table)}"
        )
        for schema, table in tables
    }


def published_asset(deps: Iterable[AssetKey]) -> AssetsDefinition:
    """The file that readers open. There is one, so it has no partitions; what it depends on wrote it."""

    @asset(key=PUBLISHED_KEY, deps=list(deps), group_name="published", kinds={"duckdb"}, owners=OWNERS)
    def published(context: AssetExecutionContext, settings: ResourceParam[Settings]) -> MaterializeResult:
        """published/warehouse.duckdb: marts and audit, complete and consistent, replaced atomically."""
        with step_outcome(context), open_published(settings) as connection:
            publication = read_publication(settings, connection)
            counts = row_counts(connection)
        return MaterializeResult(metadata=publication_metadata(settings, publication, counts))

    return published


def publication_metadata(
    settings: Settings, publication: Publication, counts: Mapping[str, int]
) -> dict[str, Any]:
    """What a publication says of itself; `counts` are the rows of its tables."""
    zone = ZoneInfo(settings.business_time_zone)
    return {
        "path": MetadataValue.path(settings.published_path),
        "as_of": minute_text(publication.as_of_at, zone),
        "published_at": minute_text(publication.published_at, zone),
        "time_zone": zone_label(publication.as_of_at, zone),
        WAREHOUSE_RUN_ID: publication.run_id,
        "kind": publication.kind,
        "bytes": publication.byte_count,
        "dagster/row_count": sum(counts.values()),
        "rows": MetadataValue.table(
            [TableRecord({"table": table, "rows": rows}) for table, rows in counts.items()]
        ),
    }
