"""Names from outside are text, whatever they say, and a strict policy stands behind that."""

import pytest

from dashboard.build import PAGES, file_name
from dashboard.formats import NAME_LENGTH
from dashboard.texts import Language
from tests.browser.conftest import Look
from tests.browser.platform import HOSTILE
from tests.browser.test_pages import PHONE, open_details, page_width

pytestmark = pytest.mark.browser

SHOWN_ON = {
    "acquisition_channel": ("order_operations", "#channels"),
    "country_code": ("order_operations", "#countries"),
    "warehouse_code": ("logistics_forwarding", "#routes"),
    "line_code": ("logistics_forwarding", "#routes"),
    "service_code": ("logistics_forwarding", "#services"),
    "reason": ("order_operations", "#refunds"),
}


@pytest.mark.parametrize("look", [PHONE], indirect=True)
@pytest.mark.parametrize("kind", list(HOSTILE))
def test_a_hostile_name_is_shown_as_text(look: Look, kind: str) -> None:
    page_key, table = SHOWN_ON[kind]
    page = look.at(file_name(page_key, Language.EN, "CNY"))
    open_details(page)
    name = HOSTILE[kind]
    shown = name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"
    cells = page.locator(f"{table} tbody :is(th, td)")
    assert shown in cells.evaluate_all("cells => cells.map((cell) => cell.textContent)")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert page.locator("style").count() == 1
    assert page.locator("script").count() == 1
    assert page.locator("h1").is_visible()
    assert page_width(page) == 390
    assert look.complaints == []


def test_a_name_in_the_other_direction_leaves_its_row_alone(look: Look) -> None:
    page = look.at(file_name("logistics_forwarding", Language.EN, "CNY"))
    row = page.locator("#services tbody tr", has_text="מחסן")
    assert row.locator("th bdi").count() == 1
    places = [cell.bounding_box()["x"] for cell in row.locator("th, td").all()]
    assert places == sorted(places)
    assert row.locator("td").nth(1).inner_text() == "90,000.00"


@pytest.mark.parametrize("page_key", list(PAGES))
def test_the_policy_lets_nothing_else_run_or_load(look: Look, page_key: str) -> None:
    page = look.at(file_name(page_key, Language.ZH, "USD"))
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    page.evaluate(
        """() => {
            const script = document.createElement("script")
            script.textContent = "window.hacked = 1"
            document.body.append(script)
            const styled = "<p id=styled style='color:red' onclick='window.hacked=1'>x</p>"
            document.body.insertAdjacentHTML("beforeend", styled)
            document.getElementById("styled").click()
            const image = document.createElement("img")
            image.src = "http://127.0.0.1:9/x.png"
            document.body.append(image)
        }"""
    )
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("getComputedStyle(document.getElementById('styled')).color") != "rgb(255, 0, 0)"
    refused = "".join(look.complaints)
    for directive in ("script-src", "style-src", "img-src"):
        assert directive in refused
