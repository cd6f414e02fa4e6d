"""The published file as an asset, after the marts. What is made from it, such as pages, depends on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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

from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_row, fetch_value
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from orchestration.dagster_graph.failures import step_outcome

PUBLISHED_KEY = AssetKey(["published"])


@dataclass(frozen=True)
class Publication:
    """One publication. Instants are naive UTC; `row_counts` is by `schema.table`."""

    run_id: str
    kind: str
    as_of: datetime
    published_at: datetime
    byte_count: int
    row_counts: dict[str, int]


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """The published file, for reading. Raises WarehouseError when there is none."""
    if not settings.published_path.exists():
        raise WarehouseError(f"{settings.published_path} does not exist yet: nothing has been published.")
    return duckdb.connect(str(settings.published_path), read_only=True)


def read_publication(settings: Settings) -> Publication:
    """What the published file holds now. Raises WarehouseError when there is none."""
    with open_published(settings) as connection:
        latest = fetch_row(
            connection,
            "select run_id, kind, as_of_at, published_at from audit.runs "
            "order by published_at desc, run_id limit 1",
        )
        if latest is None:
            raise WarehouseError(
                f"{settings.published_path} names no run in audit.runs. Run the increment again."
            )
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = current_database() order by all"
        ).fetchall()
        row_counts = {}
        for schema, table in tables:
            row_counts[f"{schema}.{table}"] = fetch_value(
                connection, f"select count(*) from {schema}.{quote_identifier(table)}"
            )
    run_id, kind, as_of, published_at = latest
    byte_count = settings.published_path.stat().st_size
    return Publication(run_id, kind, as_of, published_at, byte_count, row_counts)


def published_asset(deps: Iterable[AssetKey]) -> AssetsDefinition:
    """The file that readers open. There is one, so it has no partitions; what it depends on wrote it."""

    @asset(key=PUBLISHED_KEY, deps=list(deps), group_name="published", kinds={"duckdb"})
    def published(context: AssetExecutionContext, settings: ResourceParam[Settings]) -> MaterializeResult:
        """published/warehouse.duckdb: marts and audit, complete and consistent, replaced atomically."""
        with step_outcome(context):
            publication = read_publication(settings)
        return MaterializeResult(
            metadata={
                "path": MetadataValue.path(settings.published_path),
                "as_of": f"{publication.as_of:%Y-%m-%d %H:%M:%S} UTC",
                "published_at": f"{publication.published_at:%Y-%m-%d %H:%M:%S} UTC",
                "warehouse_run_id": publication.run_id,
                "kind": publication.kind,
                "bytes": publication.byte_count,
                "dagster/row_count": sum(publication.row_counts.values()),
                "rows": MetadataValue.table(
                    [
                        TableRecord({"table": table, "rows": rows})
                        for table, rows in publication.row_counts.items()
                    ]
                ),
            }
        )

    return published
