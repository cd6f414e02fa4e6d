"""A macro that the SQLMesh project has: the as-of as a text, from a table, so that another one is no other model."""

from typing import Any

from sqlglot import exp
from sqlmesh import macro


@macro()
def as_of(evaluator: Any) -> Any:
    """The one row of control.as_of; any time while models are only read, which is before there is a database."""
    if evaluator.runtime_stage == "loading":
        return exp.Literal.string("2100-01-01 00:00:00")
    [text] = evaluator.engine_adapter.fetchone("select cast(as_of as text) from control.as_of")
    return exp.Literal.string(text)
