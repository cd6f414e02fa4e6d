"""The rooms of `orchestration`: arrows between them point down only."""

from tests.support.imports import upward
from tests.unit.docs.pages import ROOT

# In the order of docs/architecture.md; a room may import its own modules and those of rooms before it.
FLOORS = ("catalogue", "lake", "runs", "reading", "explain", "backup", "commands", "dagster_graph")


def test_arrows_between_rooms_point_down() -> None:
    assert upward(ROOT / "orchestration", FLOORS) == []
