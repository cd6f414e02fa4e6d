"""What the build file has of the lake: marts, audit and, until the publication, what the run changed."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

import duckdb

from ingest.foundation.fetch import fetch_rows
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue import project
from orchestration.lake.changes import filled
from orchestration.lake.handover import Handover, as_declared

# What tells the causes of a changed figure which orders a changed refund belongs to.
_REFUNDED = (
    "select * from staging.stg_payments where payment_id in (select payment_id from changes.stg_refunds)"
)


@dataclass(frozen=True)
class Brought:
    """From the lake, on the branch that the session works on, to the build file that `connection` has open."""

    spark: Any
    handover: Handover
    connection: duckdb.DuckDBPyConnection
    manifest: dict[str, Any]

    def bring(self, built: Set[str] | None) -> None:
        """Bring the tables that differ, given the models that were built (None: all), in one transaction."""
        changed = filled(self.spark)
        present = self._present()
        nodes = [node for node in self._nodes() if self._is_to_bring(node, built, changed, present)]
        relations = {
            node["name"]: self.handover.to_duckdb(
                f"select * from {node['schema']}.{node['name']}", f"table-{node['name']}"
            )
            for node in nodes
        }
        changes = {
            name: self.handover.to_duckdb(f"select * from changes.{name}", f"changes-{name}")
            for name in changed
        }
        refunded = self.handover.to_duckdb(_REFUNDED, "refunded") if "stg_refunds" in changed else None
        self.connection.execute("begin")
        try:
            self._clear(present)
            for node in nodes:
                self._put(node, relations[node["name"]])
            for name, relation in changes.items():
                self.connection.execute(
                    f"create table changes.{quote_identifier(name)} as {self._untied(relation)}"
                )
            if refunded:
                self.connection.execute("create schema if not exists staging")
                self.connection.execute(f"create table staging.stg_payments as {self._untied(refunded)}")
            self._make_changes_of_marts(changed)
            self.connection.execute("commit")
        except BaseException:
            self.connection.execute("rollback")
            raise

    def _nodes(self) -> Iterable[dict[str, Any]]:
        for node in self.manifest["nodes"].values():
            if node["resource_type"] in ("model", "seed") and node["schema"] in ("marts", "audit"):
                yield node

    @staticmethod
    def _is_to_bring(
        node: dict[str, Any], built: Set[str] | None, changed: list[str], present: Set[tuple[str, str]]
    ) -> bool:
        if built is None or (node["schema"], node["name"]) not in present:
            return True
        is_followed = node["config"]["materialized"] == "incremental"
        return node["name"] in (changed if is_followed else built)

    def _present(self) -> set[tuple[str, str]]:
        rows = fetch_rows(
            self.connection,
            "select schema_name, table_name from duckdb_tables() where database_name = current_database()",
        )
        return set(rows)

    def _clear(self, present: Set[tuple[str, str]]) -> None:
        """Away with what an earlier run changed, and with tables that DuckDB once computed here."""
        for schema, name in present:
            if schema in ("changes", "staging", "seeds", "standardised"):
                self.connection.execute(f"drop table {schema}.{quote_identifier(name)}")

    def _put(self, node: dict[str, Any], relation: str | None) -> None:
        table = f"{node['schema']}.{quote_identifier(node['name'])}"
        columns = _types(node)
        self.connection.execute(f"create schema if not exists {node['schema']}")
        if relation is None:
            declared = ", ".join(f"{quote_identifier(name)} {kind}" for name, kind in columns.items())
            self.connection.execute(f"create or replace table {table} ({declared})")
        else:
            # In the order of the table: a seed's is that of its file.
            found = [name for name, *_ in fetch_rows(self.connection, f"describe select * from {relation}")]
            typed = {name: columns[name] for name in found}
            self.connection.execute(f"create or replace table {table} as {as_declared(typed, relation)}")
        self.connection.execute(f"comment on table {table} is {quote_text(node['description'])}")
        for name, column in node["columns"].items():
            self.connection.execute(
                f"comment on column {table}.{quote_identifier(name)} is {quote_text(column['description'])}"
            )

    def _untied(self, relation: str | None) -> str:
        """The rows of files with their instants as the build file has them: UTC, without a zone."""
        described = fetch_rows(self.connection, f"describe select * from {relation}")
        columns = {
            name: "timestamp" if kind == "TIMESTAMP WITH TIME ZONE" else kind for name, kind, *_ in described
        }
        return as_declared(columns, str(relation))

    def _make_changes_of_marts(self, changed: list[str]) -> None:
        for node, columns in project.changes_columns(self.manifest):
            if node["schema"] == "marts" and node["name"] not in changed:
                self.connection.execute(
                    f"create table changes.{quote_identifier(node['name'])} as "
                    f"select {', '.join(map(quote_identifier, columns))} from marts.{quote_identifier(node['name'])} where false"
                )


def _types(node: dict[str, Any]) -> dict[str, str]:
    """By column of a model or a seed, in its order, the declared type."""
    seed_types = node["config"].get("column_types") or {}
    return seed_types or {name: column["data_type"] for name, column in node["columns"].items()}
