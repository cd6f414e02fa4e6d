"""The rooms of `ingest`: arrows between them point down only, and it knows nothing of what orchestrates it."""

import ast
from pathlib import Path

import pytest

INGEST = Path(__file__).resolve().parents[3] / "ingest"
# From the ground up; a room may import its own modules and those of rooms before it.
FLOORS = ("foundation", "contract", "raw", "read", "check", "land", "rates", "databases", "simulator")
# Side by side: neither knows the other.
APART = {"rates": "databases", "databases": "rates"}


def imports(path: Path) -> set[str]:
    """The modules that a file imports when it runs, wherever in the file."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found.add(node.module or "")
    return found


def rooms() -> dict[str, set[str]]:
    """The rooms that each room imports from, itself left out."""
    arrows: dict[str, set[str]] = {}
    for path in INGEST.rglob("*.py"):
        parts = path.relative_to(INGEST).parts
        if len(parts) == 1:
            continue
        used = {name.split(".")[1] for name in imports(path) if name.startswith("ingest.")}
        arrows.setdefault(parts[0], set()).update(used - {parts[0]})
    return arrows


def test_arrows_between_rooms_point_down() -> None:
    arrows = rooms()
    assert set(arrows) == set(FLOORS)
    upward = [
        f"{room} -> {used}"
        for room, all_used in arrows.items()
        for used in all_used
        if FLOORS.index(used) > FLOORS.index(room) or APART.get(room) == used
    ]
    assert upward == []


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
