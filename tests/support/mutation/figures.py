"""A built warehouse whose figures are right, in which a mutant and what follows from it are built and compared."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import sqlglot

from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from ingest.raw.raw_file import CATALOG
from orchestration.catalogue import project
from tests.support.mutation.mutants import Mutant, change


@dataclass(frozen=True)
class Model:
    """A model: where its table is, its compiled SQL, and the models that read it."""

    name: str
    table: str
    sql: str
    readers: frozenset[str]

    @property
    def is_mart(self) -> bool:
        return self.table.startswith("marts.")


@dataclass(frozen=True)
class DataTest:
    """A data test: the models that it reads, and its query, which gives the rows that should not be."""

    models: frozenset[str]
    query: str


class Figures:
    """A warehouse with which the independent ledger agrees; leaves its build file to nobody else."""

    def __init__(self, settings: Settings, right: Path) -> None:
        """`right` is where the right tables are copied to."""
        self.models = _read_models(settings)
        self._data_tests = _read_data_tests(settings)
        shutil.copy(settings.build_path, right)
        # Under the name that the compiled SQL gives it.
        self.connection = duckdb.connect(str(settings.build_path))
        self.connection.execute("set TimeZone = 'UTC'")
        for path, alias in ((settings.raw_path, CATALOG), (right, "right_tables")):
            self.connection.execute(f"attach {quote_text(str(path))} as {alias} (read_only)")

    def catch(self, mutant: Mutant) -> str | None:
        """What catches a mutant: "figures" where a published cell moved, "data test" where one fails, else None.

        Leaves every table as it was. Raises duckdb.Error where the mutant does not run.
        """
        self.connection.execute("begin")
        try:
            changed = {mutant.model}
            for model in self.models.values():
                if model.name not in changed:
                    continue
                sql = _mutated(model, mutant) if model.name == mutant.model else model.sql
                self.connection.execute(f"create or replace table {model.table} as {sql}")
                if not self._differs(model.table):
                    changed.discard(model.name)
                elif model.is_mart:
                    return "figures"
                else:
                    changed |= model.readers
            for test in self._data_tests:
                if test.models & changed and self.connection.execute(test.query).fetchone() is not None:
                    return "data test"
            return None
        finally:
            self.connection.execute("rollback")

    def _differs(self, table: str) -> bool:
        return any(
            self.connection.execute(f"from {one} except all from {other} limit 1").fetchall()
            for one, other in ((table, f"right_tables.{table}"), (f"right_tables.{table}", table))
        )


def _mutated(model: Model, mutant: Mutant) -> str:
    tree = sqlglot.parse_one(model.sql, read="duckdb")
    change(tree, mutant)
    return tree.sql(dialect="duckdb")


def _read_models(settings: Settings) -> dict[str, Model]:
    """Standardised and mart models with the SQL of the last full refresh, each after those it reads."""
    nodes = {
        node["name"]: node
        for node in project.manifest_dict(settings)["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in ("standardised", "marts")
    }
    reads = {name: _parents(node) & nodes.keys() for name, node in nodes.items()}
    compiled = _compiled(settings)
    ordered: dict[str, Model] = {}
    while len(ordered) < len(nodes):
        for name in sorted(nodes.keys() - ordered.keys()):
            if reads[name] <= ordered.keys():
                readers = frozenset(other for other in nodes if name in reads[other])
                table = f"{nodes[name]['schema']}.{nodes[name]['alias']}"
                ordered[name] = Model(name, table, compiled[name], readers)
    return ordered


def _read_data_tests(settings: Settings) -> list[DataTest]:
    """Every data test with the SQL of the last full refresh."""
    compiled = _compiled(settings)
    return [
        DataTest(_parents(node), compiled[Path(node["path"]).stem])
        for node in project.manifest_dict(settings)["nodes"].values()
        if node["resource_type"] == "test"
    ]


def _compiled(settings: Settings) -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in settings.dbt_target_dir.rglob("compiled/**/*.sql")
    }


def _parents(node: dict[str, Any]) -> frozenset[str]:
    return frozenset(unique_id.split(".")[-1] for unique_id in node["depends_on"]["nodes"])
