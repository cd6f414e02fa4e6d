"""The parts of a page into HTML: templates, style and script in one file, and the policy that lets nothing else in."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from dashboard import formats
from dashboard.figures import CNY
from dashboard.formats import Kind
from dashboard.notices import notices
from dashboard.pages.context import Context
from dashboard.pages.model import Column, Page, Table
from dashboard.pages.trend_charts import VIEWS
from dashboard.texts import Language
from ingest.foundation.clock import zone_label

# From here on the figures behind the charts are shown in whole units: a page has a budget, and its page of all rows has the rest.
WHOLE_FROM = 1_000


@dataclass(frozen=True)
class Links:
    """Where a page leads: to itself, the other pages, itself in other languages and currencies, all its rows, its CSVs."""

    page_key: str
    page: str
    pages: Mapping[str, str]
    languages: Mapping[Language, str]
    currencies: Mapping[str, str]
    rows: str
    csv: Callable[[Table], str]


def render_page(context: Context, links: Links, page: Page) -> str:
    """A page. The definitions that its parts used are those that `context` has gathered."""
    said = notices(context)
    finished = context.now.date() - context.now.date().resolution
    return _render(
        "page.html.j2",
        context,
        links,
        {
            "page": page,
            "views": VIEWS,
            "standout_day": f"{formats.weekday(finished, context.language)} "
            f"{formats.short_day(finished, context.language)}",
            "warnings": said.warnings,
            "remarks": said.remarks,
            "status_tables": _status_tables(context),
            "lines_of": lambda table: "\n".join(_lines(context, table)),
        },
    )


def render_rows(context: Context, links: Links, page: Page) -> str:
    """All rows of all tables of a page."""
    return _render("rows.html.j2", context, links, {"page": page, "definitions": context.meanings})


def _render(template: str, context: Context, links: Links, more: dict[str, Any]) -> str:
    figures, language = context.figures, context.language
    currency = figures.currency_code
    rate = next((row for row in context.rows("status_display_rates") if row["is_running"]), None)
    environment = _environment()
    shared: dict[str, Any] = {"text": context.text, "cell": _cell(context), "links": links}
    module = environment.get_template("table.html.j2").make_module(shared)
    return environment.get_template(template).render(
        **shared,
        **more,
        **{name: getattr(module, name) for name in ("table", "meaning")},
        language=language,
        currency=currency,
        as_of_machine=context.now.isoformat(timespec="seconds"),
        as_of_text=f"{formats.day(context.now.date(), language)} {context.now:%H:%M}",
        zone_text=zone_label(figures.publication.as_of_at, context.zone),
        money_note=context.text("money_in_cny")
        if currency == CNY
        else context.text("money_in", currency=currency),
        rate_note=context.text(
            "today_rate",
            currency=currency,
            rate=formats.rate(rate["rate_cny"]),
            date=formats.day(rate["rate_date"], language),
        )
        if rate and rate["rate_date"] and currency != CNY
        else "",
        style=_style(),
        script=_script(),
        content_security_policy=content_security_policy(),
    )


def _cell(context: Context) -> Callable[[Any, Kind], Markup]:
    def cell(value: Any, kind: Kind) -> Markup:
        if value == "":
            return Markup("")
        shown = escape(context.value(value, kind))
        # A name may be written in the other direction; it must not turn its neighbours around.
        return Markup(f"<bdi>{shown}</bdi>") if kind is Kind.NAME and not str(value).isascii() else shown

    return cell


def _lines(context: Context, table: Table) -> Iterator[str]:
    """A table as lines of values between tabs, labels first: fewer bytes than a table's markup."""
    yield "\t".join(
        " ".join(part for part in (column.label, column.unit) if part) for column in table.columns
    )
    rows = table.rows[: table.shown]
    kinds = [
        Kind.MONEY_WHOLE
        if column.kind is Kind.MONEY and any(abs(row[place] or 0) >= WHOLE_FROM for row in rows)
        else column.kind
        for place, column in enumerate(table.columns)
    ]
    for row in rows:
        yield "\t".join(context.value(value, kind) for value, kind in zip(row, kinds, strict=True))


def _status_tables(context: Context) -> list[Table]:
    feeds = [
        [context.code("feed", row["feed"]), row["last_landed_at"], row["last_updated_at"]]
        for row in context.rows("status_feeds")
    ]
    tables = [
        Table(
            "feeds",
            context.text("feeds"),
            [
                Column(context.text("feed"), Kind.NAME),
                Column(context.text("last_landed"), Kind.INSTANT),
                Column(context.text("last_updated"), Kind.INSTANT),
            ],
            feeds,
            zone_label(context.figures.publication.as_of_at, context.zone),
            len(feeds),
        )
    ]
    quarantine = [
        [
            context.code("feed", row["feed"]),
            context.code("quarantine_reason", row["reason"]),
            row["quarantined_count"],
        ]
        for row in context.rows("status_quarantine")
    ]
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
                quarantine,
                "",
                len(quarantine),
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
