"""dbt's unit tests as the SQL that dbt ran: tried on a mutant in milliseconds, without another start of dbt."""

import collections
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from ingest.foundation.settings import Settings
from tests.support.dbt_unit_tests import run_unit_tests

# What dbt calls its inputs, and the model among them, in the query of a unit test.
_INPUT = "__dbt__cte__"
_ACTUAL = "_dbt_internal_unit_test_actual"


@dataclass(frozen=True)
class UnitTest:
    """A unit test: of which model, and its whole query, whose rows say in the last column whether they are actual or expected."""

    name: str
    model: str
    query: exp.Expression

    def changed(self, change: Callable[[exp.Expression], object]) -> str:
        """The query with its model changed, the inputs as they are."""
        query = self.query.copy()
        model = next(found for found in query.find_all(exp.Subquery) if found.alias == _ACTUAL).this
        steps = model.args["with_"]
        inputs = [step for step in steps.expressions if step.alias.startswith(_INPUT)]
        steps.set("expressions", [step for step in steps.expressions if not step.alias.startswith(_INPUT)])
        change(model)
        steps.set("expressions", [*inputs, *steps.expressions])
        return query.sql(dialect="duckdb")


def passes(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Whether a unit test's query gives the expected rows. Raises duckdb.Error where it does not run."""
    rows: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for *values, side in connection.execute(query).fetchall():
        rows[side][tuple(values)] += 1
    return rows["actual"] == rows["expected"]


def read_unit_tests(settings: Settings, folder: Path) -> list[UnitTest]:
    """All unit tests of the project; they pass."""
    target = run_unit_tests(settings.build_path, settings.raw_path, folder)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    # The query of a unit test with what is expected stands only where dbt writes what it ran.
    ran = {path.stem: path for path in target.rglob("run/**/*_unit_tests.yml/**/*.sql")}
    return [
        UnitTest(
            test["name"],
            test["model"],
            sqlglot.parse_one(ran[test["name"]].read_text(encoding="utf-8"), read="duckdb"),
        )
        for test in manifest["unit_tests"].values()
    ]
