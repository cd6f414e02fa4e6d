"""What is changed in a model, one place at a time: conditions of WHERE, joins, CASE, orders of windows.

Which orders an increment takes up (`affected_…`, the scope of an increment) is judged by the property tests and not mutated here.

Two changes are left out because no row can tell them: an inner join made left where the WHERE of the same query drops every row
without a partner, and leaving the NULLs in a list that is sorted, where they come after all that is known.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp


@dataclass(frozen=True)
class Mutant:
    """One change of one model: the how manieth of its SQL, of which kind, and the place as SQL."""

    model: str
    number: int
    kind: str
    place: str


@dataclass(frozen=True)
class _Change:
    kind: str
    place: exp.Expression
    apply: Callable[[], object]


def mutants(model: str, sql: str) -> Iterator[Mutant]:
    """Every mutant of a model, in the order of its SQL."""
    for number, change in enumerate(_changes(sqlglot.parse_one(sql, read="duckdb"))):
        yield Mutant(model, number, change.kind, change.place.sql(dialect="duckdb")[:200])


def kinds(tree: exp.Expression) -> list[str]:
    """The kinds of all changes of a query: two compilations of one model have the same."""
    return [change.kind for change in _changes(tree)]


def change(tree: exp.Expression, mutant: Mutant) -> None:
    """Make the change in any compilation of the mutant's model."""
    found = list(_changes(tree))[mutant.number]
    assert found.kind == mutant.kind
    found.apply()


def _changes(tree: exp.Expression) -> Iterator[_Change]:
    for node in tree.walk(bfs=False):
        if isinstance(node, exp.Where):
            for number, part in enumerate(_parts(node)):
                # What stands for the scope of an increment in a full refresh.
                if part != exp.true() and not _is_of_sorted_list(node, part):
                    yield _Change(
                        "condition left out", part, lambda at=node, which=number: _leave_out(at, which)
                    )
        if isinstance(node, exp.Join) and (node.args.get("on") or node.args.get("using")):
            if node.side == "LEFT":
                yield _Change("left join made inner", node, lambda at=node: _join(at, "", "INNER"))
            elif not node.side and node.kind in ("", "INNER") and not _is_asked_for(node):
                yield _Change("inner join made left", node, lambda at=node: _join(at, "LEFT", ""))
        if isinstance(node, exp.Case):
            for number in range(len(node.args["ifs"])):
                yield _Change("case turned round", node, lambda at=node, which=number: _turn_round(at, which))
        if isinstance(node, exp.Window) and node.args.get("order"):
            for number in range(len(node.args["order"].expressions)):
                yield _Change(
                    "order of a window reversed", node, lambda at=node, which=number: _reverse(at, which)
                )


def _is_of_sorted_list(where: exp.Where, part: exp.Expression) -> bool:
    of = where.parent
    return (
        isinstance(of, exp.Filter)
        and isinstance(of.parent, exp.ArraySort)
        and part == exp.not_(exp.Is(this=of.this.this.copy(), expression=exp.null()))
    )


def _is_asked_for(join: exp.Join) -> bool:
    """Whether the WHERE beside a join drops the rows to which it finds no partner."""
    where = join.parent.args.get("where") if join.parent else None
    return where is not None and _drops_missing(where.this, join.this.alias_or_name)


def _drops_missing(condition: exp.Expression, table: str) -> bool:
    match condition:
        case exp.Paren():
            return _drops_missing(condition.this, table)
        case exp.And():
            return any(_drops_missing(part, table) for part in condition.flatten())
        case exp.Or():
            return all(_drops_missing(part, table) for part in condition.flatten())
        case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            return any(_is_missing(side, table) for side in (condition.left, condition.right))
    return False


def _is_missing(value: exp.Expression, table: str) -> bool:
    match value:
        case exp.Column():
            return value.table == table
        case exp.Add() | exp.Sub() | exp.Mul():
            return any(_is_missing(side, table) for side in (value.left, value.right))
    return False


def _parts(where: exp.Where) -> list[exp.Expression]:
    return list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]


def _leave_out(where: exp.Where, number: int) -> None:
    kept = [part.copy() for at, part in enumerate(_parts(where)) if at != number]
    where.set("this", exp.and_(*kept) if kept else exp.true())


def _join(join: exp.Join, side: str, kind: str) -> None:
    join.set("side", side)
    join.set("kind", kind)


def _turn_round(case: exp.Case, number: int) -> None:
    branch = case.args["ifs"][number]
    if case.args.get("this") is None:
        branch.set("this", exp.not_(branch.this.copy()))
    else:
        branch.set("true", exp.null())


def _reverse(window: exp.Window, number: int) -> None:
    ordered = window.args["order"].expressions[number]
    ordered.set("desc", not ordered.args.get("desc"))
