"""No violation that axe-core knows, in both languages and colour schemes, as it comes and with all opened."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.build import PAGES, file_name
from dashboard.texts import Language
from tests.browser.conftest import Look
from tests.browser.test_pages import DESKTOP, PHONE, open_details

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("look", "language"),
    [
        pytest.param({**DESKTOP, "color_scheme": "light"}, Language.EN, id="desktop-light-en"),
        pytest.param({**PHONE, "color_scheme": "dark"}, Language.ZH, id="phone-dark-zh"),
    ],
    indirect=["look"],
)
@pytest.mark.parametrize("page_key", list(PAGES))
def test_axe_finds_nothing(look: Look, language: Language, page_key: str) -> None:
    page = look.at(file_name(page_key, language, "USD"))
    if language is Language.EN:
        open_details(page)
    for shown in (page, look.at(file_name(page_key, language, "USD", "rows"))):
        result = Axe().run(shown)
        assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize("look", [DESKTOP], indirect=True)
def test_charts_say_what_they_show(look: Look) -> None:
    page = look.at("index.html")
    described = page.locator(".v0 svg").first.get_attribute("aria-label")
    assert described.startswith("Net revenue, 31 Aug 2026 to 29 Sep 2026: lowest ")
    assert page.locator(".plot > svg[role=img]:not([aria-label=''])").count() == 6 * 4 + 1
    assert page.locator(".donut[role=img][aria-label]").count() == 2


@pytest.mark.parametrize("look", [DESKTOP], indirect=True)
def test_the_first_key_skips_to_the_figures(look: Look) -> None:
    page = look.at("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert page.locator("a.hidden").bounding_box()["x"] >= 0
