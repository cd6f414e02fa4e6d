"""MetricFlow in process: it plans the SQL of a metric, which runs on the warehouse's build file."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

Key = tuple[Any, ...]


class _PlanningClient:
    """What MetricFlow asks of a database when it only plans."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class MetricFlow:
    """Answers of the semantic layer.

    It names relations by catalog: the file must be called as when the project was parsed.
    """

    def __init__(self, semantic_manifest: Path, build_path: Path) -> None:
        parsed = parse_manifest_from_dbt_generated_manifest(semantic_manifest.read_text(encoding="utf-8"))
        self._engine = MetricFlowEngine(
            semantic_manifest_lookup=SemanticManifestLookup(parsed),
            sql_client=_PlanningClient(),
        )
        self._connection = duckdb.connect(str(build_path), read_only=True)

    def close(self) -> None:
        self._connection.close()

    def dimension(self, metric: str, name: str) -> str:
        """The metric's own dimension `name`, as MetricFlow writes it: `<entity>__<name>`.

        Attributes that a fact carries itself come before those it reaches through the buyer.
        """
        found = [
            dimension.dunder_name
            for dimension in self._engine.simple_dimensions_for_metrics([metric])
            if dimension.dunder_name.partition("__")[2] == name
        ]
        own = [dimension for dimension in found if not dimension.startswith("buyer__")]
        assert found, f"{metric} has no dimension {name}"
        return (own or found)[0]

    def has_dimension(self, metric: str, qualified_name: str) -> bool:
        dimensions = self._engine.simple_dimensions_for_metrics([metric])
        return qualified_name in {dimension.dunder_name for dimension in dimensions}

    def answer(
        self,
        metric: str,
        group_by: Iterable[str],
        where: Iterable[str] = (),
        between: tuple[datetime, datetime] | None = None,
    ) -> dict[Key, Any]:
        """The metric by its groups, in the order of `group_by`; groups with an unknown part are left out."""
        group_by = list(group_by)
        plan = self._engine.explain(
            MetricFlowQueryRequest.create(
                metric_names=[metric],
                group_by_names=group_by,
                where_constraints=list(where) or None,
                time_constraint_start=between[0] if between else None,
                time_constraint_end=between[1] if between else None,
            )
        )
        relation = self._connection.sql(plan.sql_statement.sql)
        columns = [relation.columns.index(name) for name in (*group_by, metric)]
        rows = [[row[column] for column in columns] for row in relation.fetchall()]
        return {tuple(row[:-1]): row[-1] for row in rows if None not in row[:-1]}
