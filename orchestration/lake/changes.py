"""Schema `changes` of the lake: what the run at hand changed in each model."""

from typing import Any

from orchestration.catalogue import project


def drop_changes(spark: Any) -> None:
    """Forget what a run changed: it has been published, or given up."""
    for row in spark.sql("show tables in changes").collect():
        spark.sql(f"drop table if exists changes.{row.tableName}")


def make_changes(spark: Any, manifest: dict[str, Any], table_format: str) -> None:
    """Make the table of every incremental model that has none yet."""
    present = {row.tableName for row in spark.sql("show tables in changes").collect()}
    for node, columns in project.changes_columns(manifest):
        if node["name"] not in present:
            names = ", ".join(f"`{name}`" for name in columns)
            # Replaced: a catalog may have kept the rows of a table that was dropped.
            spark.sql(
                f"create or replace table changes.{node['name']} using {table_format} as "
                f"select {names} from {node['schema']}.{node['name']} where false"
            )


def filled(spark: Any) -> list[str]:
    """The tables of schema changes that have any row."""
    names = sorted(row.tableName for row in spark.sql("show tables in changes").collect())
    if not names:
        return []
    found = " union all ".join(f"(select '{name}' as name from changes.{name} limit 1)" for name in names)
    return sorted(row.name for row in spark.sql(found).collect())
