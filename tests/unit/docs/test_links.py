"""Links of the Markdown pages lead somewhere: to files that are there, and to headings that they have."""

import re
from pathlib import Path

import pytest

from tests.unit.docs.pages import ROOT, anchors, prose, tracked

PAGES = tracked("*.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), f"{target} of {page.name} leads nowhere"
        if anchor:
            assert anchor in anchors(linked), f"{target} of {page.name} leads to no heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_named_in_code_exist(page: Path) -> None:
    houses = r"ingest|dbt_project|orchestration|dashboard|tests|benchmarks|docs|\.ci"
    for name in re.findall(rf"`((?:{houses})/[\w./-]*)`", prose(page)):
        assert (ROOT / name).exists(), f"{page.name} names {name}"
