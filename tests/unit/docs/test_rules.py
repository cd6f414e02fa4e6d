"""Every rule that is cited stands in the contract, and nothing else is called by its name."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.docs.pages import ROOT, anchors, tracked

CONTRACT = ROOT / "docs" / "contract.md"
RULES = {f"R{number}" for number in range(1, 24)}


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked("*.py", "*.sql", "*.yml", "*.yaml", "*.md", "*.toml", "*.j2", "*.js", "Makefile"):
        yield path, path.read_text(encoding="utf-8")


def test_the_contract_has_every_rule_with_an_anchor() -> None:
    headings = re.findall(r'<a id="(r\d+)"></a>\n### (R\d+) ', CONTRACT.read_text(encoding="utf-8"))
    assert [rule for _, rule in headings] == sorted(RULES, key=lambda rule: int(rule[1:]))
    assert all(anchor == rule.lower() for anchor, rule in headings)
    assert {rule.lower() for rule in RULES} <= anchors(CONTRACT)


def test_cited_rules_resolve() -> None:
    cited = {str(path.relative_to(ROOT)): re.findall(r"\bR\d+\b", text) for path, text in texts()}
    assert sum(map(len, cited.values())) > 100
    assert {path: set(rules) - RULES for path, rules in cited.items() if set(rules) - RULES} == {}


def test_rules_are_cited_by_their_number_alone() -> None:
    other_ways = re.compile(r"\bCONTRACT\b|[Cc]ontract('s)?,? sections? \d")
    assert [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path, text in texts()
        if path != Path(__file__) and (found := other_ways.search(text))
    ] == []
