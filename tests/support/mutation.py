"""Mutants of the models: `python -m tests.support.mutation [--sample 60] [--seed 1]`.

Each WHERE, JOIN, CASE and order of a window in the standardised and mart models is changed, one at a time, and the tables that
follow are built on a small history with which the independent ledger agrees. A mutant is caught where a published cell moves: the
ledger would disagree. Prints counts by kind and every survivor. Which orders an increment takes up (`affected_…`) is judged by
the property tests and not mutated here.
"""

import argparse
import collections
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from ingest.raw.raw_file import CATALOG
from orchestration.catalogue import project
from tests.properties.histories import random_history
from tests.properties.side_by_side import land_all
from tests.support.books import disagreements

HISTORIES = 10
CAUGHT, SURVIVED, STILLBORN = "caught", "survived", "does not run"


@dataclass(frozen=True)
class Model:
    """A model in the order in which it is built: where its table is, its compiled SQL, and the models that read it."""

    name: str
    table: str
    sql: str
    readers: frozenset[str]

    @property
    def is_mart(self) -> bool:
        return self.table.startswith("marts.")


@dataclass(frozen=True)
class Mutant:
    """One change of one model: of which kind, the place as SQL, and the whole."""

    model: str
    kind: str
    place: str
    sql: str


def mutants(model: Model) -> Iterator[Mutant]:
    """Every mutant of a model, in the order of its SQL."""
    tree = sqlglot.parse_one(model.sql, read="duckdb")
    for number, node in enumerate(tree.walk(bfs=False)):
        for kind, change in _changes(node):
            copy = tree.copy()
            twin = next(found for at, found in enumerate(copy.walk(bfs=False)) if at == number)
            change(twin)
            yield Mutant(model.name, kind, node.sql(dialect="duckdb")[:160], copy.sql(dialect="duckdb"))


def _changes(node: exp.Expression) -> Iterator[tuple[str, Any]]:
    if isinstance(node, exp.Where):
        parts = list(node.this.flatten()) if isinstance(node.this, exp.And) else [node.this]
        for number, part in enumerate(parts):
            # What stands for the scope of an increment in a full refresh.
            if part != exp.true():
                yield "condition left out", lambda twin, at=number: _leave_out(twin, at)
    if isinstance(node, exp.Join) and (node.args.get("on") or node.args.get("using")):
        if node.side == "LEFT":
            yield "left join made inner", lambda twin: (twin.set("side", ""), twin.set("kind", "INNER"))
        elif not node.side and node.kind in ("", "INNER"):
            yield "inner join made left", lambda twin: (twin.set("side", "LEFT"), twin.set("kind", ""))
    if isinstance(node, exp.Case):
        for number in range(len(node.args["ifs"])):
            yield "case turned round", lambda twin, at=number: _turn_round(twin, at)
    if isinstance(node, exp.Window) and node.args.get("order"):
        for number in range(len(node.args["order"].expressions)):
            yield "order of a window reversed", lambda twin, at=number: _reverse(twin, at)


def _leave_out(where: exp.Where, number: int) -> None:
    if not isinstance(where.this, exp.And):
        where.set("this", exp.true())
        return
    kept = [part.copy() for at, part in enumerate(where.this.flatten()) if at != number]
    where.set("this", exp.and_(*kept))


def _turn_round(case: exp.Case, number: int) -> None:
    branch = case.args["ifs"][number]
    if case.args.get("this") is None:
        branch.set("this", exp.not_(branch.this.copy()))
    else:
        branch.set("true", exp.null())


def _reverse(window: exp.Window, number: int) -> None:
    ordered = window.args["order"].expressions[number]
    ordered.set("desc", not ordered.args.get("desc"))


class Judge:
    """Builds what follows from a mutant beside the right tables, and compares."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(home=folder / "home", full_refresh_share=0)
        as_of = land_all(settings, [random_history(seed) for seed in range(HISTORIES)], folder / "landing")
        assert disagreements(settings, as_of) == {}
        self.models = read_models(settings)
        right = folder / "right.duckdb"
        shutil.copy(settings.build_path, right)
        # Under the name that the compiled SQL gives it.
        self.connection = duckdb.connect(str(settings.build_path))
        self.connection.execute("set TimeZone = 'UTC'")
        for path, alias in ((settings.raw_path, CATALOG), (right, "right_tables")):
            self.connection.execute(f"attach {quote_text(str(path))} as {alias} (read_only)")

    def verdict(self, mutant: Mutant) -> str:
        """What becomes of a mutant. Leaves every table as it was."""
        self.connection.execute("begin")
        try:
            changed = {mutant.model}
            for model in self.models.values():
                if model.name not in changed:
                    continue
                sql = mutant.sql if model.name == mutant.model else model.sql
                self.connection.execute(f"create or replace table {model.table} as {sql}")
                if not self._differs(model.table):
                    changed.discard(model.name)
                elif model.is_mart:
                    return CAUGHT
                else:
                    changed |= model.readers
            return SURVIVED
        except duckdb.Error:
            return STILLBORN
        finally:
            self.connection.execute("rollback")

    def _differs(self, table: str) -> bool:
        return any(
            self.connection.execute(f"from {one} except all from {other} limit 1").fetchall()
            for one, other in ((table, f"right_tables.{table}"), (f"right_tables.{table}", table))
        )


def read_models(settings: Settings) -> dict[str, Model]:
    """Standardised and mart models with the SQL of the last full refresh, each after those it reads."""
    nodes = {
        node["name"]: node
        for node in project.manifest_dict(settings)["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in ("standardised", "marts")
    }
    reads = {
        name: {parent.split(".")[-1] for parent in node["depends_on"]["nodes"]} & nodes.keys()
        for name, node in nodes.items()
    }
    compiled = {
        path.stem: path.read_text(encoding="utf-8")
        for path in settings.dbt_target_dir.rglob("compiled/**/*.sql")
    }
    ordered: dict[str, Model] = {}
    while len(ordered) < len(nodes):
        for name in sorted(nodes.keys() - ordered.keys()):
            if reads[name] <= ordered.keys():
                readers = frozenset(other for other in nodes if name in reads[other])
                table = f"{nodes[name]['schema']}.{nodes[name]['alias']}"
                ordered[name] = Model(name, table, compiled[name], readers)
    return ordered


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        every = [mutant for model in judge.models.values() for mutant in mutants(model)]
        chosen = random.Random(given.seed).sample(every, min(given.sample, len(every)))
        judged = [(mutant, judge.verdict(mutant)) for mutant in chosen]
    counts = collections.Counter(f"{mutant.kind}: {verdict}" for mutant, verdict in judged)
    tried = [verdict for _, verdict in judged if verdict != STILLBORN]
    print(
        json.dumps(
            {
                "mutant_count": len(every),
                "tried_count": len(tried),
                "caught_count": tried.count(CAUGHT),
                "counts": dict(sorted(counts.items())),
                "survivors": [
                    f"{mutant.model}: {mutant.kind}: {mutant.place}"
                    for mutant, verdict in judged
                    if verdict == SURVIVED
                ],
            },
            indent=1,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
