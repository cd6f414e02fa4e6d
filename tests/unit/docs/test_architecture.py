"""The architecture page has a section a room, and names no path that is not there."""

import re

from tests.unit.docs.pages import ROOT

PAGE = ROOT / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_every_room_has_its_section_and_every_section_a_room() -> None:
    rooms = {
        f"{house}/{path.parent.name}"
        for house in ("ingest", "orchestration")
        for path in (ROOT / house).glob("*/__init__.py")
    }
    assert set(re.findall(r"^### ((?:ingest|orchestration)/\w+)$", TEXT, flags=re.M)) == rooms
