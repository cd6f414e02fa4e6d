"""What the script adds: sorting, values under the pointer, downloads. By mouse and by keyboard."""

import csv
import io
from decimal import Decimal

import duckdb
import pytest
from playwright.sync_api import Page

from dashboard.build import file_name
from dashboard.texts import Language
from ingest.foundation.settings import Settings
from tests.browser.conftest import Look
from tests.browser.platform import HOSTILE
from tests.browser.test_pages import DESKTOP, open_details

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("look", [DESKTOP], indirect=True)]


def column(page: Page, table: str, number: int) -> list[str]:
    return page.locator(f"{table} tbody tr > :nth-child({number})").all_inner_texts()


def as_numbers(shown: list[str]) -> list[float]:
    return [float(value.replace(",", "").replace("−", "-").rstrip("%")) for value in shown if value != "–"]


def test_sorts_numbers_names_and_missing_values(look: Look) -> None:
    page = look.at(file_name("user_growth", Language.EN, "CNY", "rows"))
    head = page.locator("#countries thead th")
    head.nth(2).locator("button").click()
    assert head.nth(2).get_attribute("aria-sort") == "descending"
    money = as_numbers(column(page, "#countries", 3))
    assert money == sorted(money, reverse=True)
    head.nth(2).locator("button").click()
    assert head.nth(2).get_attribute("aria-sort") == "ascending"
    assert as_numbers(column(page, "#countries", 3)) == sorted(money)

    head.nth(0).locator("button").press("Enter")
    assert head.nth(2).get_attribute("aria-sort") is None
    assert head.nth(0).get_attribute("aria-sort") == "ascending"
    assert [name for name in column(page, "#countries", 1) if len(name) == 2] == sorted(
        name for name in column(page, "#countries", 1) if len(name) == 2
    )

    retention = page.locator("#retention thead th")
    for _ in range(2):
        retention.nth(3).locator("button").click()
        shown = column(page, "#retention", 4)
        assert "" in shown
        # What is not known is last, whichever way the rest is sorted.
        assert shown[-shown.count("") :] == [""] * shown.count("")


def test_a_cut_table_is_not_sorted_as_if_it_were_whole(look: Look) -> None:
    page = look.at(file_name("logistics_forwarding", Language.EN, "CNY"))
    assert page.locator("#routes thead button").count() == 0
    assert page.locator("#channel-paid thead button").count() == 3
    page.locator(".table", has=page.locator("#routes")).get_by_role("link", name="all").click()
    assert page.locator("#routes:target thead button").count() == 7


def test_shows_the_value_under_the_pointer(look: Look) -> None:
    page = look.at("index.html")
    open_details(page)
    chart = page.locator(".trends .chart").first
    dates = column(page, "#daily", 1)[:30]
    plot = chart.locator(".v0 .plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    for share, date in ((0, dates[-1]), (1, dates[0])):
        page.mouse.move(box["x"] + 1 + share * (box["width"] - 2), box["y"] + 100)
        assert chart.locator(".v0 small").inner_text() == date
    assert chart.locator(".v0 b").inner_text() == page.locator("#daily tbody td").first.inner_text()


def test_walks_the_dates_by_keyboard(look: Look) -> None:
    page = look.at("index.html")
    open_details(page)
    dates = column(page, "#daily", 1)[:30]
    chart = page.locator(".trends .chart").first
    slider = chart.locator(".v0").get_by_role("slider")
    slider.focus()
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    assert chart.locator(".v0 small").inner_text() == dates[2]
    slider.press("Home")
    assert chart.locator(".v0 small").inner_text() == dates[-1]
    assert chart.locator(".v0 b").inner_text() in slider.get_attribute("aria-valuetext")
    assert slider.get_attribute("aria-label") == chart.locator("h3").inner_text()


def download(page: Page, table: str) -> tuple[str, bytes]:
    with page.expect_download() as started:
        page.locator(f".caption:has({table}-t) .csv").click()
    return started.value.suggested_filename, started.value.path().read_bytes()


def test_downloads_all_rows(look: Look, dashboard: Settings) -> None:
    page = look.at("index.html")
    open_details(page)
    name, content = download(page, "#daily")
    assert name == "core-overview-daily.en.cny.csv"
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert {len(row) for row in rows} == {len(rows[0])}
    with duckdb.connect(str(dashboard.published_path), read_only=True) as connection:
        expected = connection.execute(
            "select strftime(business_date, '%Y-%m-%d'), net_revenue_cny, paid_order_count, new_user_count "
            "from marts.core_daily where business_type = 'all' order by business_date desc"
        ).fetchall()
    assert len(rows) > 180
    assert [(row[0], Decimal(row[1]), int(row[5]), int(row[7])) for row in rows[1:]] == expected
    assert {tuple(row[-2:]) for row in rows[1:]} == {("2026-09-29T16:30:00+08:00", "Asia/Shanghai")}
    assert look.complaints == []


def test_a_downloaded_name_is_no_formula(look: Look) -> None:
    page = look.at(file_name("logistics_forwarding", Language.EN, "CNY"))
    _, content = download(page, "#routes")
    names = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    assert f"'{HOSTILE['line_code']}" in names
    assert not any(cell.startswith(("=", "+", "@")) for cell in names)


def test_explains_a_measure_where_it_stands(look: Look, dashboard: Settings) -> None:
    page = look.at("index.html")
    with duckdb.connect(str(dashboard.published_path), read_only=True) as connection:
        label, definition = connection.execute(
            "select label_en, definition from audit.metrics "
            "where table_name = 'core_periods' and column_name = 'net_revenue_cny'"
        ).fetchone()
    name = page.locator("article dt").first
    assert name.inner_text() == label
    name.locator("a").click()
    meaning = page.locator("dt:target")
    assert meaning.inner_text() == label
    said = page.locator("dt:target + dd")
    assert said.inner_text().startswith(definition.strip())
    assert said.locator("code").inner_text().startswith("warehouse explain core_periods net_revenue_cny ")
    # Where the figures stand in a table, its head says so under the pointer.
    assert definition.strip() in page.locator("thead th").evaluate_all(
        "heads => heads.map((head) => head.title)"
    )
