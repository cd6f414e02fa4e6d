"""Builds every page, each module in each language and display currency, from the published file, as a set."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from functools import cache, partial
from importlib.resources import files
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from dashboard import formats
from dashboard.figures import CNY, Reader
from dashboard.files import put_in_place
from dashboard.formats import Kind
from dashboard.notices import notices
from dashboard.pages import core_overview, logistics_forwarding, order_operations, user_growth
from dashboard.pages.context import Context, Figures
from dashboard.pages.model import Column, Table
from dashboard.texts import Language
from ingest.foundation.clock import zone_label
from ingest.foundation.readers import let_readers_in
from ingest.foundation.settings import Settings
from orchestration.reading.published import Publication, open_published, read_publication
from orchestration.reading.trust import Trust, read_trust

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
    """What was built: pages, and their bytes before compression."""

    page_count: int
    byte_count: int


def file_name(page_key: str, language: Language, currency_code: str) -> str:
    return f"{page_key.replace('_', '-')}.{language.value}.{currency_code.lower()}.html"


def build_dashboard(settings: Settings) -> DashboardReport:
    """Render all pages from the published file and put them in place at `settings.dashboard_dir` at once.

    Raises WarehouseError where nothing is published; the pages of the last build then stay.
    """
    pages = dict(render(settings))
    # The address without a file name is the first page.
    pages[INDEX] = pages[file_name(next(iter(PAGES)), Language.EN, CNY)]
    return DashboardReport(
        len(pages), put_in_place(settings.dashboard_dir, pages, partial(let_readers_in, settings))
    )


def display_currencies(settings: Settings) -> list[str]:
    return list(dict.fromkeys((CNY, *settings.display_currencies)))


def render(settings: Settings) -> Iterator[tuple[str, str]]:
    """File name and text of every page."""
    zone = ZoneInfo(settings.business_time_zone)
    currencies = display_currencies(settings)
    with open_published(settings) as connection:
        publication = read_publication(settings, connection)
        trust = read_trust(settings, connection)
        reader = Reader(connection)
        shown = [_figures(reader, publication, trust, currency_code) for currency_code in currencies]
    for figures in shown:
        for language in Language:
            for page_key in PAGES:
                yield (
                    file_name(page_key, language, figures.currency_code),
                    _render_page(page_key, Context(figures, language, zone), currencies),
                )


def _figures(reader: Reader, publication: Publication, trust: Trust, currency_code: str) -> Figures:
    reader.show_in(currency_code)
    names = ["periods", *_STATUS_QUERIES, *(name for module in PAGES.values() for name in module.QUERIES)]
    return Figures(
        currency_code,
        publication,
        trust,
        {name: reader.rows(name) for name in names},
        reader.definitions,
        reader.code_labels,
    )


def _render_page(page_key: str, context: Context, currencies: list[str]) -> str:
    figures, language, zone = context.figures, context.language, context.zone
    page = PAGES[page_key].page(context)
    said = notices(context)
    as_of = figures.publication.as_of_at.replace(tzinfo=UTC).astimezone(zone)
    currency = figures.currency_code
    rate = next((row for row in context.rows("status_display_rates") if row["is_running"]), None)
    environment = _environment()
    variables: dict[str, Any] = {
        "text": context.text,
        "cell": _cell(context),
        "language": language,
        "currency": currency,
        "page_key": page_key,
        "page": page,
        "page_links": [(key, file_name(key, language, currency)) for key in PAGES],
        "language_links": [(other, file_name(page_key, other, currency)) for other in Language],
        "currency_links": [(code, file_name(page_key, language, code)) for code in currencies],
        "as_of_date": figures.publication.as_of_date.isoformat(),
        "as_of_machine": as_of.isoformat(timespec="seconds"),
        "as_of_text": f"{formats.day(as_of.date(), language)} {as_of:%H:%M}",
        "zone_text": zone_label(figures.publication.as_of_at, zone),
        "money_note": context.text("money_in_cny")
        if currency == CNY
        else context.text("money_in", currency=currency),
        "rate_note": context.text(
            "today_rate",
            currency=currency,
            rate=formats.rate(rate["rate_cny"]),
            date=formats.day(rate["rate_date"], language),
        )
        if rate and rate["rate_date"] and currency != CNY
        else "",
        "warnings": said.warnings,
        "remarks": said.remarks,
        "status_tables": _status_tables(context),
        "definitions": context.meanings,
        "daily": "\n".join(_daily_lines(context, page.daily)),
        "style": _style(),
        "script": _script(),
        "content_security_policy": content_security_policy(),
    }
    module = environment.get_template("table.html.j2").make_module(
        {"text": context.text, "cell": variables["cell"]}
    )
    macros = {name: getattr(module, name) for name in ("table", "meaning")}
    return environment.get_template("page.html.j2").render(**variables, **macros)


def _cell(context: Context) -> Callable[[Any, Kind], Markup]:
    def cell(value: Any, kind: Kind) -> Markup:
        shown = escape(context.value(value, kind))
        # A name may be written in the other direction; it must not turn its neighbours around.
        return Markup(f"<bdi>{shown}</bdi>") if kind is Kind.NAME and not str(value).isascii() else shown

    return cell


def _daily_lines(context: Context, daily: Table) -> Iterator[str]:
    """The daily table as lines of values between tabs, labels first: fewer bytes than a table's markup."""
    yield "\t".join(
        " ".join(part for part in (column.label, column.unit) if part) for column in daily.columns
    )
    for row in daily.rows:
        yield "\t".join(
            context.value(value, column.kind) for value, column in zip(row, daily.columns, strict=True)
        )


def _status_tables(context: Context) -> list[Table]:
    tables = [
        Table(
            "feeds",
            context.text("feeds"),
            [
                Column(context.text("feed"), Kind.NAME),
                Column(context.text("last_landed"), Kind.INSTANT),
                Column(context.text("last_updated"), Kind.INSTANT),
            ],
            [
                [context.code("feed", row["feed"]), row["last_landed_at"], row["last_updated_at"]]
                for row in context.rows("status_feeds")
            ],
            zone_label(context.figures.publication.as_of_at, context.zone),
        )
    ]
    quarantine = context.rows("status_quarantine")
    if quarantine:
        tables.append(
            Table(
                "quarantine",
                context.text("quarantine"),
                [
                    Column(context.text("feed"), Kind.NAME),
                    Column(context.text("reason"), Kind.NAME),
                    Column(context.text("rows"), Kind.COUNT),
                ],
                [
                    [
                        context.code("feed", row["feed"]),
                        context.code("quarantine_reason", row["reason"]),
                        row["quarantined_count"],
                    ]
                    for row in quarantine
                ],
            )
        )
    return tables


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _template_text(name: str) -> str:
    return (files("dashboard") / "templates" / name).read_text(encoding="utf-8")


@cache
def _style() -> Markup:
    """The style sheet without the space that only its authors need."""
    text = re.sub(r"\s+", " ", _template_text("style.css"))
    return Markup(
        re.sub(r"\s*([{};])\s*|(?<=[:,])\s+", lambda match: match[1] or "", text).replace(";}", "}").strip()
    )


@cache
def _script() -> Markup:
    """The script without comments and indentation; its lines stay lines."""
    lines = (line.strip() for line in _template_text("script.js").splitlines())
    return Markup("\n".join(line for line in lines if line and not line.startswith("//")))


@cache
def content_security_policy() -> str:
    """Nothing may be loaded from anywhere, and only the style and script that were written here may run."""

    def source(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {source(_style())}; script-src {source(_script())}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
