"""Builds every page, each module in each language and display currency, from the published file, as a set."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from zoneinfo import ZoneInfo

from dashboard.downloads import table_csv
from dashboard.explained import KEYS
from dashboard.figures import CNY, Reader, Window
from dashboard.files import put_in_place
from dashboard.pages import core_overview, logistics_forwarding, order_operations, user_growth
from dashboard.pages.context import Context, Figures
from dashboard.rendering import Links, render_page, render_rows
from dashboard.texts import Language
from ingest.foundation.readers import let_readers_in
from ingest.foundation.settings import Settings
from orchestration.reading.published import open_published, read_publication
from orchestration.reading.trust import read_trust

PAGES: dict[str, ModuleType] = {
    "core_overview": core_overview,
    "order_operations": order_operations,
    "logistics_forwarding": logistics_forwarding,
    "user_growth": user_growth,
}
_STATUS_QUERIES = (
    "status_quarantine",
    "status_feeds",
    "status_calibration",
    "status_display_rates",
)
INDEX = "index.html"


@dataclass(frozen=True)
class DashboardReport:
    """What was built: pages, and the bytes of all files before compression."""

    page_count: int
    byte_count: int


def file_name(
    page_key: str, language: Language, currency_code: str, part: str = "", ending: str = "html"
) -> str:
    """The file of a page, or of a `part` of it: `rows` is its page of all rows, and a table's key the table as CSV."""
    stem = "-".join(filter(None, (page_key.replace("_", "-"), part)))
    return f"{stem}.{language.value}.{currency_code.lower()}.{ending}"


def build_dashboard(settings: Settings) -> DashboardReport:
    """Render all pages from the published file and put them in place at `settings.dashboard_dir` at once.

    Raises WarehouseError where nothing is published; the pages of the last build then stay.
    """
    files = dict(render(settings))
    # The address without a file name is the first page.
    files[INDEX] = files[file_name(next(iter(PAGES)), Language.EN, CNY)]
    byte_count = put_in_place(settings.dashboard_dir, files, partial(let_readers_in, settings))
    return DashboardReport(sum(name.endswith(".html") for name in files), byte_count)


def render(settings: Settings) -> Iterator[tuple[str, str]]:
    """File name and text of every page, page of all rows and CSV."""
    zone = ZoneInfo(settings.business_time_zone)
    with open_published(settings) as connection:
        publication = read_publication(settings, connection)
        trust = read_trust(settings, connection)
        reader = Reader(connection)
        currencies = reader.display_currencies(settings.display_currencies)
        examples = {table: row for table, key in KEYS.items() if (row := reader.example(table, key))}
        shown = []
        for currency_code in currencies:
            reader.show_in(currency_code)
            rows = {(name, window): reader.rows(name, window) for name, window in _wanted()}
            shown.append(
                Figures(
                    currency_code,
                    publication,
                    trust,
                    rows,
                    reader.definitions,
                    reader.code_labels,
                    examples,
                    tuple(code for code in settings.display_currencies if code not in currencies),
                )
            )
    for figures in shown:
        for language in Language:
            for page_key, module in PAGES.items():
                context = Context(figures, language, zone)
                links = _links(page_key, language, figures.currency_code, currencies)
                page = module.page(context)
                yield file_name(page_key, language, figures.currency_code), render_page(context, links, page)
                yield links.rows, render_rows(context, links, page)
                for table in page.all_tables():
                    yield links.csv(table), table_csv(context, table)


def _wanted() -> Iterator[tuple[str, Window]]:
    for module in PAGES.values():
        for window in (Window.FINISHED, Window.BEFORE):
            yield from ((name, window) for name in module.COMPARED)
    # Last the window that all queries are about.
    for name in (
        "periods",
        *_STATUS_QUERIES,
        *(name for module in PAGES.values() for name in module.QUERIES),
    ):
        yield name, Window.RECENT


def _links(page_key: str, language: Language, currency: str, currencies: list[str]) -> Links:
    return Links(
        page_key,
        page=file_name(page_key, language, currency),
        pages={key: file_name(key, language, currency) for key in PAGES},
        languages={other: file_name(page_key, other, currency) for other in Language},
        currencies={code: file_name(page_key, language, code) for code in currencies},
        rows=file_name(page_key, language, currency, "rows"),
        csv=lambda table: file_name(page_key, language, currency, table.key, "csv"),
    )
