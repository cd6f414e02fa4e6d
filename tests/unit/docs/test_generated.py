"""What is generated in documentation and configuration is what its sources say now."""

import os

import pytest
from cogapp import Cog

from tests.unit.docs.pages import ROOT, tracked

LISTED = (ROOT / ".ci" / "generated").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("name", LISTED)
def test_generated_text_is_current(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        cog = Cog()
        cog.set_output(stdout=nowhere)
        cog.callable_main(["cog", "--check", "--check-fail-msg=run make docs", name])


def test_every_page_with_generated_text_is_listed() -> None:
    generated = [path for path in tracked("*.md", "*.yml") if "[[[end]]]" in path.read_text(encoding="utf-8")]
    assert sorted(str(path.relative_to(ROOT)) for path in generated) == sorted(LISTED)
