"""Numbers, dates and instants as text, in English and Chinese. What is not known is a dash, never zero."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.texts import Language
from ingest.foundation.clock import minute_text

MISSING = "–"
MINUS = "−"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Number = Decimal | int | float
# Longer names are cut: a page has a budget, and no name may break its layout.
NAME_LENGTH = 60


class Kind(Enum):
    """How a value is written; also its unit."""

    NAME = "name"
    DATE = "date"
    MONTH = "month"
    INSTANT = "instant"
    MONEY = "money"
    MONEY_WHOLE = "money_whole"
    RATE = "rate"
    COUNT = "count"
    RATIO = "ratio"
    CHANGE = "change"
    DECIMAL = "decimal"
    WEIGHT_KG = "weight_kg"

    @property
    def is_number(self) -> bool:
        return self not in (Kind.NAME, Kind.DATE, Kind.MONTH, Kind.INSTANT)


def _number(value: Decimal, decimals: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded:,f}".replace("-", MINUS)


def money(value: Decimal | int | None) -> str:
    return MISSING if value is None else _number(Decimal(value), 2)


def money_whole(value: Decimal | int | None) -> str:
    return MISSING if value is None else _number(Decimal(value), 0)


def count(value: int | None) -> str:
    return MISSING if value is None else f"{value:,}".replace("-", MINUS)


def ratio(value: float | Decimal | None) -> str:
    """A ratio as a percentage with one decimal."""
    return MISSING if value is None else _number(Decimal(str(value)) * 100, 1) + "%"


def change_ratio(value: Number | None, previous: Number | None) -> Decimal | None:
    """The change as a part of what was before; None where nothing can be said."""
    if value is None or previous is None or previous == 0:
        return None
    before = Decimal(str(previous))
    return (Decimal(str(value)) - before) / abs(before)


def signed_ratio(value: Decimal | None) -> str:
    """A change as a percentage with its sign; past ten times, a percentage says no more than that."""
    if value is None:
        return MISSING
    if abs(value) >= 10:
        return f"{'+' if value > 0 else MINUS}999%"
    text = ratio(value)
    return text if value <= 0 or text == "0.0%" else f"+{text}"


def decimal(value: Number | None) -> str:
    """A mean, with one decimal."""
    return MISSING if value is None else _number(Decimal(str(value)), 1)


def weight_kg(value_g: int | None) -> str:
    """Grams, shown in kilograms."""
    return MISSING if value_g is None else _number(Decimal(value_g) / 1000, 1)


def rate(value: Decimal | None) -> str:
    """CNY per unit, four decimals."""
    return MISSING if value is None else _number(value, 4)


def name(value: str | None) -> str:
    text = value or MISSING
    return text if len(text) <= NAME_LENGTH else text[: NAME_LENGTH - 1] + "…"


def day(value: date, language: Language) -> str:
    """A date for reading: 29 Sep 2026, 2026年9月29日."""
    if language is Language.ZH:
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def short_day(value: date, language: Language) -> str:
    """A date within the year: 29 Sep, 9月29日."""
    if language is Language.ZH:
        return f"{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]}"


def weekday(value: date, language: Language) -> str:
    """The day of the week: Tuesday, 星期二."""
    if language is Language.ZH:
        return f"星期{'一二三四五六日'[value.weekday()]}"
    return _WEEKDAYS[value.weekday()]


def month(value: date, language: Language) -> str:
    return (
        f"{value.year}年{value.month}月"
        if language is Language.ZH
        else f"{_MONTHS[value.month - 1]} {value.year}"
    )


def short_month(value: date, language: Language) -> str:
    return f"{value.month}月" if language is Language.ZH else _MONTHS[value.month - 1]


def days(first: date, last: date, language: Language) -> str:
    """A range of dates, both included."""
    if first == last:
        return short_day(first, language)
    if first.month == last.month and first.year == last.year:
        if language is Language.ZH:
            return f"{first.month}月{first.day}–{last.day}日"
        return f"{first.day}–{last.day} {_MONTHS[last.month - 1]}"
    return f"{short_day(first, language)} – {short_day(last, language)}"


def instant(value_utc: datetime | None, zone: ZoneInfo) -> str:
    """A UTC instant as local time to the minute."""
    if value_utc is None:
        return MISSING
    return minute_text(value_utc, zone)


_WRITERS: dict[Kind, Callable[[Any], str]] = {
    Kind.MONEY: money,
    Kind.MONEY_WHOLE: money_whole,
    Kind.COUNT: count,
    Kind.RATIO: ratio,
    Kind.CHANGE: signed_ratio,
    Kind.DECIMAL: decimal,
    Kind.WEIGHT_KG: weight_kg,
    Kind.RATE: rate,
    Kind.DATE: lambda value: MISSING if value is None else f"{value:%Y-%m-%d}",
    Kind.MONTH: lambda value: MISSING if value is None else f"{value:%Y-%m}",
    Kind.NAME: name,
}


def value_text(value: Any, kind: Kind, zone: ZoneInfo) -> str:
    """One value of a table or legend as text."""
    return instant(value, zone) if kind is Kind.INSTANT else _WRITERS[kind](value)


def change(value: Number | None, previous: Number | None) -> str:
    """The change against the previous period: an arrow and a percentage; a dash where nothing can be said."""
    part = change_ratio(value, previous)
    if part is None:
        return MISSING
    # Past ten times, a percentage says no more than that.
    text = ratio(abs(part)) if abs(part) < 10 else ">999%"
    if text == "0.0%":
        return "= 0.0%"
    return f"{'▲' if part > 0 else '▼'} {text}"


def axis_number(value: Decimal, kind: Kind, language: Language) -> str:
    """A round number beside a grid line: 20k, 2万, 50%."""
    if kind is Kind.RATIO:
        return f"{value * 100:f}".rstrip("0").rstrip(".") + "%" if value else "0%"
    if kind is Kind.WEIGHT_KG:
        value /= 1000
    steps = (
        ((10**8, "亿"), (10**4, "万"))
        if language is Language.ZH
        else ((10**9, "bn"), (10**6, "m"), (10**3, "k"))
    )
    for step, suffix in steps:
        if abs(value) >= step:
            return _trimmed(value / step) + suffix
    return _trimmed(value)


def _trimmed(value: Decimal) -> str:
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", MINUS)
