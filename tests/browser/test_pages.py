"""Every page, in every language and currency, on a phone and on a desk: it fits and complains of nothing."""

import re

import pytest
from playwright.sync_api import Page

from dashboard.build import PAGES, file_name
from dashboard.pages.tables import SHOWN_DAYS
from dashboard.pages.trend_charts import VIEWS
from dashboard.texts import Language, text
from tests.browser.conftest import Look

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
CURRENCIES = ("CNY", "USD", "JPY")


def open_details(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((element) => { element.open = true })")


def page_width(page: Page) -> int:
    return page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")


@pytest.mark.parametrize("look", [PHONE, DESKTOP], indirect=True, ids=["phone", "desktop"])
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("page_key", list(PAGES))
def test_page_fits_and_is_whole(look: Look, page_key: str, language: Language) -> None:
    for currency in CURRENCIES:
        look.requests.clear()
        page = look.at(file_name(page_key, language, currency))
        width = page.viewport_size["width"]
        assert page_width(page) == width
        open_details(page)
        assert page_width(page) == width
        assert page.title().startswith(text(page_key, language))
        assert page.locator("html").get_attribute("lang") == language.html_code
        assert page.locator("article").count() == (8 if page_key == "core_overview" else 4)
        assert page.locator(".plot path").count() >= 2
        assert page.locator("circle").count() >= 4
        for view in range(len(VIEWS)):
            page.locator(f"label[for=w{view}]").click()
            shown = [chart for chart in page.locator(".plot > svg").all() if chart.is_visible()]
            assert len(shown) >= 5
            for chart in shown:
                box = chart.bounding_box()
                assert box["width"] > 250
                assert box["height"] > 150
            assert page_width(page) == width
        # One request, and nobody else's: the icon stands in the page.
        assert [url for url in look.requests if not url.startswith("data:")] == [page.url]
        page.close()
    assert look.complaints == []


@pytest.mark.parametrize("look", [{"java_script_enabled": False}], indirect=True)
@pytest.mark.parametrize("page_key", list(PAGES))
def test_complete_without_script(look: Look, page_key: str) -> None:
    page = look.at(file_name(page_key, Language.EN, "CNY"))
    assert page.locator(".v0 .day").first.is_visible()
    assert page.locator("button").count() == 0
    for view in range(len(VIEWS)):
        page.locator(f"label[for=w{view}]").click()
        shown = page.locator(f".v{view}")
        assert shown.first.is_visible()
        assert shown.first.locator("b").inner_text() not in ("", "–")
        assert page.locator(".trends .plot:visible").count() == shown.locator(".plot").count()
    daily = page.locator("#daily")
    page.locator("details", has=daily).locator("summary").click()
    lines = daily.inner_text().splitlines()
    assert daily.is_visible()
    assert len(lines) == SHOWN_DAYS + 1
    assert lines[1].startswith("2026-09-29\t")
    assert len({line.count("\t") for line in lines}) == 1
    page.locator(f"a[href$='{file_name(page_key, Language.EN, 'CNY', 'rows')}']").first.click()
    assert page.locator("#daily tbody tr").count() >= 180


def test_notices_name_what_to_mind(look: Look) -> None:
    page = look.at(file_name("core_overview", Language.EN, "USD"))
    warnings = page.locator(".warnings").inner_text()
    assert "rows are in quarantine and in no figure" in warnings
    assert "The USD rate of 29 Sep 2026 is provisional: it is the rate of 28 Sep 2026." in warnings
    assert "29 Sep 2026 16:30 Asia/Shanghai (UTC+08:00)" in page.locator("main").inner_text()
    open_details(page)
    assert page.locator("#feeds tbody tr").count() == 12
    assert "Payments" in page.locator("#quarantine").inner_text()


@pytest.mark.parametrize("look", [DESKTOP], indirect=True)
def test_prints_the_figures_and_not_the_links(look: Look) -> None:
    page = look.at("index.html")
    page.emulate_media(media="print")
    assert not page.locator("nav").first.is_visible()
    assert not page.locator(".csv").first.is_visible()
    assert page.locator(".v0 .day").first.is_visible()
    assert len(page.pdf(format="A4")) > 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_reader_s_colours(look: Look, scheme: str) -> None:
    page = look.at("index.html")
    page.emulate_media(color_scheme=scheme)
    channel = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (min(channel) > 200) == (scheme == "light")


CHINESE_MISSING = re.compile(r"[A-Za-z]{4,}")


@pytest.mark.parametrize("page_key", list(PAGES))
def test_a_chinese_page_is_in_chinese(look: Look, page_key: str) -> None:
    page = look.at(file_name(page_key, Language.ZH, "CNY"))
    heads = page.locator("h1, h2, h3, dt, thead th, summary, .caption b, label, .lines").all_inner_texts()
    assert heads
    assert [head for head in heads if CHINESE_MISSING.search(head.replace("daigou-warehouse", ""))] == []
    meanings = look.at(file_name(page_key, Language.ZH, "CNY", "rows"))
    for meaning in meanings.locator("#definitions dd").all():
        assert re.search("[\u4e00-\u9fff]", meaning.inner_text())
        assert meaning.locator("code").inner_text().startswith("warehouse explain ")
    if page_key == "core_overview":
        open_details(page)
        feeds = page.locator("#feeds tbody th").all_inner_texts()
        assert "付款" in feeds
        assert [name for name in feeds if name.isascii()] == []


@pytest.mark.parametrize("look", [PHONE], indirect=True)
def test_a_phone_keeps_titles_and_the_first_column(look: Look) -> None:
    page = look.at(file_name("order_operations", Language.ZH, "CNY"))
    for share in page.locator(".share").all():
        title, ring = share.locator(".caption").bounding_box(), share.locator(".donut").bounding_box()
        assert title["y"] + title["height"] <= ring["y"]
    scroll = page.locator(".scroll", has=page.locator("#countries"))
    first = page.locator("#countries tbody th").first
    before = first.bounding_box()["x"]
    caption = page.locator(".caption", has=page.locator("#countries-t"))
    scroll.evaluate("(element) => { element.scrollLeft = 150 }")
    assert scroll.evaluate("(element) => element.scrollLeft") > 50
    assert first.bounding_box()["x"] == before
    assert caption.bounding_box()["x"] + caption.bounding_box()["width"] <= 390
