"""The rooms of `ingest`: arrows between them point down only, and it knows nothing of what orchestrates it."""

import ast
from pathlib import Path

import pytest

from tests.support.imports import imports, rooms, upward

INGEST = Path(__file__).resolve().parents[3] / "ingest"
# From the ground up; a room may import its own modules and those of rooms before it.
FLOORS = ("foundation", "contract", "raw", "read", "check", "land", "rates", "databases", "simulator")
# Side by side: neither knows the other.
APART = {"rates": "databases", "databases": "rates"}


def test_arrows_between_rooms_point_down() -> None:
    assert upward(INGEST, FLOORS) == []
    arrows = rooms(INGEST)
    assert [room for room, other in APART.items() if other in arrows[room]] == []


def test_no_module_on_a_row_s_way_imports_in_a_circle() -> None:
    graph = {
        ".".join(path.relative_to(INGEST.parent).with_suffix("").parts).removesuffix(".__init__"): imports(
            path
        )
        for floor in FLOORS
        if floor != "simulator"
        for path in (INGEST / floor).rglob("*.py")
    }
    while leaves := [name for name, used in graph.items() if not used & graph.keys() - {name}]:
        for leaf in leaves:
            del graph[leaf]
    assert graph == {}


@pytest.mark.parametrize("foreign", ["orchestration", "dashboard", "dagster", "dbt"])
def test_ingest_knows_nothing_of(foreign: str) -> None:
    users = [
        str(path.relative_to(INGEST))
        for path in INGEST.rglob("*.py")
        if any(name.split(".")[0] == foreign for name in imports(path))
    ]
    assert users == []


def test_there_is_one_clock() -> None:
    asking = [
        str(path.relative_to(INGEST.parent))
        for folder in ("ingest", "orchestration", "dashboard")
        for path in (INGEST.parent / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in ("datetime.now", "date.today", "time.time")
    ]
    assert asking == ["ingest/foundation/clock.py"]


def test_no_result_is_left_open() -> None:
    """`fetchone` leaves the result open; from DuckDB 2.0 on the connection then registers no table."""
    leaving = [
        str(path.relative_to(INGEST.parent))
        for folder in ("ingest", "orchestration", "dashboard")
        for path in (INGEST.parent / folder).rglob("*.py")
        if ".fetchone(" in path.read_text(encoding="utf-8")
    ]
    assert leaving == []
