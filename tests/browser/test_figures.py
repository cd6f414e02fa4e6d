"""The figures on the pages are those of the marts, in CNY and at each day's official rate."""

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import duckdb
import pytest
from playwright.sync_api import Page

from dashboard import formats
from dashboard.build import file_name
from dashboard.pages.tables import SHOWN_DAYS, TOP
from dashboard.rendering import WHOLE_FROM
from dashboard.texts import Language
from ingest.foundation.settings import Settings
from tests.browser.conftest import Look
from tests.browser.test_pages import DESKTOP, open_details

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("look", [DESKTOP], indirect=True)]

FEN = Decimal("0.01")
CURRENCIES = ("CNY", "USD", "JPY")


class Marts:
    """The published file, and its CNY in another currency by decimal division."""

    def __init__(self, settings: Settings, currency: str) -> None:
        self.connection = duckdb.connect(str(settings.published_path), read_only=True)
        self.rates: dict[date, Decimal] | None = None
        if currency != "CNY":
            self.rates = dict(
                self.connection.execute(
                    "select business_date, rate_cny from audit.official_rates where currency_code = ?",
                    [currency],
                ).fetchall()
            )

    def shown(self, amount_cny: Decimal, day: date) -> Decimal:
        if self.rates is None:
            return amount_cny
        return (amount_cny / self.rates[day]).quantize(FEN, ROUND_HALF_UP)

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    def sums(self, query: str) -> dict[str, Decimal]:
        """Of rows (day, name, CNY): the sum per name of each day's amount as shown."""
        totals: dict[str, Decimal] = defaultdict(Decimal)
        for day, name, amount in self.rows(query):
            totals[name] += self.shown(amount, day)
        return dict(totals)


def number(shown: str) -> Decimal:
    return Decimal(shown.replace(",", "").replace("−", "-"))


def table(page: Page, key: str) -> list[list[str]]:
    return page.locator(f"#{key} tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )


def as_shown(amounts: list[Decimal]) -> list[Decimal]:
    """Whole units where the daily column says so."""
    if any(abs(amount) >= WHOLE_FROM for amount in amounts):
        return [amount.quantize(Decimal(1), ROUND_HALF_UP) for amount in amounts]
    return amounts


@pytest.mark.parametrize("currency", CURRENCIES)
def test_daily_figures(look: Look, dashboard: Settings, currency: str) -> None:
    marts = Marts(dashboard, currency)
    page = look.at(file_name("core_overview", Language.ZH, currency))
    open_details(page)
    every = table(look.at(file_name("core_overview", Language.ZH, currency, "rows")), "daily")
    shown = table(page, "daily")
    assert len(shown) == SHOWN_DAYS
    for place, business_type in enumerate(("all", "purchase", "forwarding", "service"), start=1):
        rows = marts.rows(
            "select business_date, net_revenue_cny from marts.core_daily "
            f"where business_type = '{business_type}' order by business_date desc"
        )
        assert [row[0] for row in every] == [f"{day:%Y-%m-%d}" for day, _ in rows]
        expected = [marts.shown(amount, day) for day, amount in rows]
        assert [number(row[place]) for row in every] == expected
        assert [number(row[place]) for row in shown] == as_shown(expected[:SHOWN_DAYS])


@pytest.mark.parametrize("currency", CURRENCIES)
def test_views_stand_for_their_days(look: Look, dashboard: Settings, currency: str) -> None:
    marts = Marts(dashboard, currency)
    page = look.at(file_name("core_overview", Language.EN, currency))
    rows = marts.rows(
        "select business_date, net_revenue_cny from marts.core_daily where business_type = 'all' order by 1"
    )
    days = [(day, marts.shown(amount, day)) for day, amount in rows]
    chart = page.locator(".trends .chart").first
    for view, length in enumerate((30, 90)):
        page.locator(f"label[for=w{view}]").click()
        shown = number(chart.locator(f".v{view} b").inner_text())
        assert shown == sum((amount for _, amount in days[-length:]), Decimal(0))
    finished = [amount for _, amount in days[-30:-1]]
    before = [amount for _, amount in days[-60:-31]]
    expected = formats.change(sum(finished), sum(before))
    assert chart.locator(".v0 .change").text_content() == expected
    page.locator("label[for=w3]").click()
    august = sum((amount for day, amount in days if (day.year, day.month) == (2026, 8)), Decimal(0))
    assert number(chart.locator(".v3 b").inner_text()) == august
    assert "Aug 2026" in chart.locator(".v3 p").inner_text()


def test_today_by_the_hour(look: Look, dashboard: Settings) -> None:
    marts = Marts(dashboard, "CNY")
    page = look.at(file_name("core_overview", Language.EN, "USD"))
    last = marts.rows(
        "select max(business_date), max(business_hour) from (select * from marts.core_hourly "
        "where business_date = (select max(business_date) from marts.core_hourly))"
    )[0]
    expected = [
        marts.rows(
            "select sum(gross_paid_cny) from marts.core_hourly where business_type = 'all' "
            f"and business_date = date '{last[0]}' - {back} and business_hour <= {last[1]}"
        )[0][0]
        for back in (0, 1, 7)
    ]
    shown = page.locator("section[aria-labelledby=hours] li b").all_inner_texts()
    assert list(map(number, shown)) == expected


def test_totals_are_those_of_all_rows(look: Look, dashboard: Settings) -> None:
    marts = Marts(dashboard, "CNY")
    page = look.at(file_name("logistics_forwarding", Language.EN, "CNY"))
    orders, paid = marts.rows(
        "select sum(paid_order_count), sum(gross_paid_cny) from marts.forwarding_routes"
    )[0]
    total = page.locator("#routes tfoot th, #routes tfoot td").all_inner_texts()
    assert (total[0], number(total[3]), number(total[5]), total[6]) == ("Total", orders, paid, "")
    assert page.locator("#routes tbody tr").count() == TOP
    count = marts.rows("select count(*) from marts.forwarding_routes")[0][0]
    assert f"{TOP} of {count} rows" in page.locator(".table", has=page.locator("#routes")).inner_text()
    every = look.at(file_name("logistics_forwarding", Language.EN, "CNY", "rows"))
    assert every.locator("#routes tbody tr").count() == count


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize(
    ("page_key", "business_type"),
    [("core_overview", "all"), ("order_operations", "purchase"), ("logistics_forwarding", "forwarding")],
)
def test_period_figures(
    look: Look, dashboard: Settings, page_key: str, business_type: str, currency: str
) -> None:
    marts = Marts(dashboard, currency)
    page = look.at(file_name(page_key, Language.EN, currency))
    days = marts.rows(
        f"select business_date, net_revenue_cny from marts.core_daily where business_type = '{business_type}'"
    )
    for place, period in enumerate(("today", "yesterday", "this_week", "this_month")):
        net, previous_net, orders, first, last = marts.rows(
            "select net_revenue_cny, previous_net_revenue_cny, paid_order_count, period_start_date, "
            "period_end_date from marts.core_periods "
            f"where period = '{period}' and business_type = '{business_type}'"
        )[0]
        tile = page.locator("article").nth(place)
        in_period = [(day, amount) for day, amount in days if first <= day <= last]
        # The marts agree with themselves, so days may stand for the period.
        assert sum((amount for _, amount in in_period), Decimal(0)) == net
        expected = sum((marts.shown(amount, day) for day, amount in in_period), Decimal(0))
        assert number(tile.locator("dd").first.inner_text()) == expected
        assert f"{orders:,}" in tile.locator("dd").all_inner_texts()

        said = f"previously {previous_net:,.2f}{'' if currency == 'CNY' else ' CNY'}".replace("-", "−")
        assert tile.locator(".change").first.get_attribute("title") == said


class Ranking(NamedTuple):
    """A table of a page, the place of its money, and the mart, dimension and measure behind it."""

    page_key: str
    table_key: str
    place: int
    mart: str
    dimension: str
    measure: str


RANKINGS = [
    Ranking("order_operations", "platforms", 3, "orders_daily", "platform", "gross_paid_cny"),
    Ranking("order_operations", "channels", 5, "orders_daily", "acquisition_channel", "net_revenue_cny"),
    Ranking("logistics_forwarding", "services", 5, "services_daily", "service_code", "net_revenue_cny"),
    Ranking("user_growth", "channels", 3, "users_segments_daily", "acquisition_channel", "net_revenue_cny"),
]


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("ranking", RANKINGS, ids=lambda ranking: ranking.mart)
def test_ranking_figures(look: Look, dashboard: Settings, ranking: Ranking, currency: str) -> None:
    # Published in CNY only, and shown so on every page.
    marts = Marts(dashboard, "CNY")
    page = look.at(file_name(ranking.page_key, Language.EN, currency, "rows"))
    expected = marts.sums(
        f"select business_date, {ranking.dimension}, sum({ranking.measure}) from marts.{ranking.mart} "
        f"where business_date > (select max(business_date) from marts.core_daily) - 30 group by all"
    )
    shown = [number(row[ranking.place]) for row in table(page, ranking.table_key)]
    assert sorted(shown) == sorted(expected.values())


def test_routes_keep_the_published_order_and_price(look: Look, dashboard: Settings) -> None:
    marts = Marts(dashboard, "CNY")
    page = look.at(file_name("logistics_forwarding", Language.EN, "CNY"))
    expected = marts.rows(
        "select coalesce(labels.label_en, routes.destination_country), paid_order_count, gross_paid_cny, freight_per_kg_cny "
        "from marts.forwarding_routes as routes left join audit.code_labels as labels "
        "on labels.code_list = 'country' and labels.code = routes.destination_country order by rank limit 8"
    )
    shown = [
        (row[1], int(number(row[3])), number(row[5]), None if row[6] == "–" else number(row[6]))
        for row in table(page, "routes")
    ]
    assert shown == expected
