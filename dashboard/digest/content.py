"""What a digest says: the figures of the four modules beside the period before, and what was restated, in one language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard import formats
from dashboard.digest.periods import Period, Span
from dashboard.figures import Reader, Row
from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.measure import Measure, cny_whole, count
from ingest.foundation.clock import zone_label

QUERIES = (
    "digest_money",
    "digest_orders",
    "digest_parcels",
    "digest_users",
    "digest_restatements",
    "digest_restated_days",
)
SHOWN_DAYS = 10
_MONEY = cny_whole("core_daily")
_ORDERS = count("core_daily", "paid_order_count")
_NEW = count("core_daily", "new_user_count")
_CREATED = count("orders_conversion_daily", "created_order_count")
_ITEMS = count("orders_daily", "item_quantity")
_BOXES = count("forwarding_daily", "box_count")
_WEIGHT = Measure("chargeable_weight_g", Kind.WEIGHT_KG, "forwarding_daily", "chargeable_weight_g")
_REGISTERED = count("users_daily", "registered_user_count")
_PAYING = count("core_daily", "paying_user_count")


@dataclass(frozen=True)
class Line:
    """One figure as text: what it is, now, before, and the change."""

    label: str
    value: str
    before: str
    change: str


@dataclass(frozen=True)
class Section:
    """A module and its figures."""

    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Digest:
    """A digest in one language, ready for its templates."""

    title: str
    subject: str
    as_of: str
    compared: str
    warnings: list[str]
    sections: list[Section]
    restated: list[str]


def read_rows(reader: Reader, period: Period, zone: ZoneInfo) -> dict[str, list[Row]]:
    """The rows of every query of a digest about the period, whose first day begins at midnight in the zone."""
    since = datetime.combine(period.first, time(), zone).astimezone(UTC).replace(tzinfo=None)
    reader.look_back(period, since)
    return {name: reader.rows(name) for name in QUERIES}


def digest(context: Context, period: Period, rows: Mapping[str, Sequence[Row]]) -> Digest:
    """What stands in the digest of a period."""
    whole = _by_period(rows["digest_money"], "all")
    language = context.language
    title = (
        context.text("digest_week", days=formats.days(period.first, period.last, language))
        if period.span is Span.WEEK
        else context.text("digest_month", month=formats.month(period.first, language))
    )
    net = whole["this"].get("net_revenue_cny")
    warnings = []
    if not whole["this"]:
        warnings.append(context.text("digest_none"))
    elif not whole["this"]["is_complete"]:
        warnings.append(context.text("digest_incomplete"))
    if whole["before"] and whole["before"]["first_date"] > period.previous_first:
        first_date = formats.day(whole["before"]["first_date"], language)
        warnings.append(context.text("digest_short", day=first_date))
    previous_last = period.first - timedelta(days=1)
    as_of_at = context.figures.publication.as_of_at
    return Digest(
        title,
        context.text("digest_subject", period=title, net=formats.money_whole(net)),
        f"{context.text('as_of')} {formats.instant(as_of_at, context.zone)} {zone_label(as_of_at, context.zone)}",
        context.text("digest_compared", days=formats.days(period.previous_first, previous_last, language)),
        warnings,
        list(_sections(context, rows)),
        list(_restated(context, rows)),
    )


def _sections(context: Context, rows: Mapping[str, Sequence[Row]]) -> Iterator[Section]:
    money = {
        code: _by_period(rows["digest_money"], code) for code in ("all", "purchase", "forwarding", "service")
    }
    orders, parcels, users = (
        _by_period(rows[name]) for name in ("digest_orders", "digest_parcels", "digest_users")
    )
    for title, parts in (
        ("core_overview", [(money["all"], (*_MONEY, _ORDERS))]),
        ("order_operations", [(money["purchase"], (*_MONEY, _ORDERS)), (orders, (_CREATED, _ITEMS))]),
        (
            "logistics_forwarding",
            [(money["forwarding"], (*_MONEY, _ORDERS)), (parcels, (_BOXES, _WEIGHT))],
        ),
        ("service", [(money["service"], (*_MONEY, _ORDERS))]),
        ("user_growth", [(users, (_REGISTERED, _PAYING)), (money["all"], (_NEW,))]),
    ):
        name = context.code("business_type", title) if title == "service" else context.text(title)
        lines = [_line(context, measure, both) for both, measures in parts for measure in measures]
        yield Section(name, lines)


def _by_period(rows: Sequence[Row], business_type: str | None = None) -> dict[str, Row]:
    found: dict[str, Row] = {"this": {}, "before": {}}
    for row in rows:
        if business_type is None or row["business_type"] == business_type:
            found[row["period"]] = row
    return found


def _line(context: Context, measure: Measure, both: Mapping[str, Mapping[str, Any]]) -> Line:
    value, before = both["this"].get(measure.key), both["before"].get(measure.key)
    unit = context.unit(measure)
    return Line(
        f"{context.label(measure)} ({unit})" if unit == "kg" else context.label(measure),
        context.value(value, measure.kind),
        context.value(before, measure.kind),
        formats.change(value, before),
    )


def _restated(context: Context, rows: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    days = rows["digest_restated_days"]
    for row in days[:SHOWN_DAYS]:
        yield context.text(
            "restated_day",
            day=formats.day(row["business_date"], context.language),
            before=formats.money(row["first_published_cny"]),
            after=formats.money(row["current_cny"]),
            cause=context.code("change_cause", row["cause"]),
        )
    if len(days) > SHOWN_DAYS:
        yield context.text("restated_more", count=len(days) - SHOWN_DAYS)
    for row in rows["digest_restatements"]:
        yield context.text(
            "restated_rows",
            count=formats.count(row["figure_count"]),
            table=row["table_name"],
            cause=context.code("change_cause", row["cause"]),
        )
