"""Tables in the build file, computed by DuckDB in this process."""

from pathlib import Path
from typing import Any, Unpack

import duckdb

from ingest.foundation.fetch import fetch_rows
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from orchestration.catalogue import project
from orchestration.lake import note
from orchestration.runs import dbt, state


class OnDuckDB:
    """See Engine. Each model changes its table in a transaction of its own; a killed run is repeated."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def has_tables(self, connection: duckdb.DuckDBPyConnection) -> bool:
        if note.read(connection) is not None:
            return False
        present = state.table_columns(connection)
        return all(
            table in present and (stated is None or sorted(present[table]) == sorted(stated))
            for table, stated in project.model_columns(project.manifest_dict(self._settings)).items()
        )

    def begin(self, connection: duckdb.DuckDBPyConnection, *, is_full_refresh: bool) -> None:
        """Nothing: what landed is attached, and what a killed run changed is repeated."""

    def has_rows(self, connection: duckdb.DuckDBPyConnection, query: str) -> bool:
        return bool(fetch_rows(connection, query))

    def make_changes(self, connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> None:
        for node, columns in project.changes_columns(manifest):
            connection.execute(
                f"create table if not exists changes.{node['name']} as "
                f"select {', '.join(map(quote_identifier, columns))} from {node['schema']}.{node['name']} where false"
            )

    def build(
        self,
        build_path: Path,
        variables: dict[str, Any],
        **options: Unpack[dbt.BuildOptions],
    ) -> list[dbt.NodeResult]:
        return dbt.build(
            self._settings,
            build_path,
            variables,
            **options,
        )

    def hand_over(self, build_path: Path) -> None:
        """Nothing: the tables are there."""

    def settle(self, connection: duckdb.DuckDBPyConnection, *, is_anew: bool) -> None:
        # Tables that were on a lake have been built here again.
        note.forget(connection)
