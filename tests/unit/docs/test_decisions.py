"""Decisions are numbered once and for ever, dated, and found where they are cited."""

import re
from datetime import date

from tests.unit.docs.pages import ROOT, tracked

TEXT = (ROOT / "dbt_project" / "DECISIONS.md").read_text(encoding="utf-8")
DECISIONS = re.findall(r"^- \*\*D(\d+)\*\* \((\d{4}-\d{2}-\d{2})\) ", TEXT, flags=re.M)


def test_every_decision_has_a_number_of_its_own_and_a_date() -> None:
    assert len(DECISIONS) == len(re.findall(r"^[-*] ", TEXT, flags=re.M)) > 40
    assert len({number for number, _ in DECISIONS}) == len(DECISIONS)
    assert all(date.fromisoformat(day) >= date(2026, 11, 24) for _, day in DECISIONS)


def test_cited_decisions_exist() -> None:
    numbers = {f"D{number}" for number, _ in DECISIONS}
    for path in tracked("*.py", "*.sql", "*.yml", "*.md"):
        for cited in re.findall(r"DECISIONS(?:\.md)?[ ,(]+(D\d+)", path.read_text(encoding="utf-8")):
            assert cited in numbers, f"{path.name}: {cited}"
