"""The contract's commands are there, but for those that it says are not built yet."""

import re

from orchestration.cli import warehouse
from tests.unit.docs.pages import ROOT

TEXT = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8").split("## Commands")[1]


def test_commands_are_there_or_said_to_be_missing() -> None:
    rows = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `warehouse ")]
    promised = {name for row in rows for name in re.findall(r"`warehouse (\w+)", row)}
    said = re.search(r"^Not built yet: (.*?)\.", TEXT, flags=re.M)
    missing = set(re.findall(r"`(\w+)`", said[1])) if said else set()
    assert missing <= promised
    assert promised - set(warehouse.commands) == missing
