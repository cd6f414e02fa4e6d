"""What computes the tables: DuckDB in the build file, or Spark in a lake. A run asks only what stands here."""

from pathlib import Path
from typing import Any, Protocol, Unpack

import duckdb

from ingest.foundation.settings import Settings
from orchestration.runs.dbt import BuildOptions, NodeResult


class Engine(Protocol):
    """One run on an engine, from its beginning to what follows its publication.

    Wherever the tables are computed, the build file has the state of runs, the marts, the audit and, until a run has
    published, what it changed.
    """

    def has_tables(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether every table is there, in the shape that the project states, so that a run may follow the change."""

    def begin(self, connection: duckdb.DuckDBPyConnection, *, is_full_refresh: bool) -> None:
        """Take up what landed, and make good what a killed run has left. `connection` has the build file open."""

    def has_rows(self, connection: duckdb.DuckDBPyConnection, query: str) -> bool:
        """Whether a query of the tables gives any row."""

    def make_changes(self, connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> None:
        """Let models read what changed in others also where those have nothing to compute."""

    def build(
        self,
        build_path: Path,
        variables: dict[str, Any],
        **options: Unpack[BuildOptions],
    ) -> list[NodeResult]:
        """One dbt run, as `orchestration.runs.dbt.build` says."""

    def hand_over(self, build_path: Path) -> None:
        """Bring to the build file what it is to have of the tables."""

    def settle(self, connection: duckdb.DuckDBPyConnection, *, is_anew: bool) -> None:
        """What was published is what every next run starts from. `is_anew` says that every table was built whole."""


def engine_of(settings: Settings) -> Engine:
    """The engine that the setting names, for one run."""
    if settings.engine == "spark":
        from orchestration.runs.on_spark import OnSpark

        return OnSpark(settings)
    from orchestration.runs.on_duckdb import OnDuckDB

    return OnDuckDB(settings)
