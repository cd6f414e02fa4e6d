"""What modules import, for the tests that say which way the arrows between rooms point."""

import ast
from pathlib import Path


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


def rooms(house: Path) -> dict[str, set[str]]:
    """The rooms of a house, with the other rooms that each imports from."""
    arrows: dict[str, set[str]] = {path.parent.name: set() for path in house.glob("*/__init__.py")}
    for path in house.rglob("*.py"):
        room, *inner = path.relative_to(house).parts
        if inner:
            used = {name.split(".")[1] for name in imports(path) if name.startswith(f"{house.name}.")}
            arrows[room] |= used - {room}
    return arrows


def upward(house: Path, floors: tuple[str, ...]) -> list[str]:
    """The arrows of a house that point up. `floors` names every room from the ground up."""
    arrows = rooms(house)
    assert set(arrows) == set(floors)
    return [
        f"{room} -> {used}"
        for room, all_used in arrows.items()
        for used in all_used
        if floors.index(used) > floors.index(room)
    ]
