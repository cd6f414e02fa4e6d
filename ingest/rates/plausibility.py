"""The guard of fetched rates: what is new, what is a correction, what is too far from the last known rate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from ingest.read.rates.rows import RateRow

MAX_DEVIATION_RATIO = Decimal("0.20")

# By currency and date: the current version of one source's quotations.
Known = Mapping[str, Mapping[str, RateRow]]


@dataclass
class Sorted:
    """Fetched rows by what is to become of them."""

    new: list[RateRow] = field(default_factory=list)
    corrected: list[RateRow] = field(default_factory=list)
    implausible: list[tuple[RateRow, str]] = field(default_factory=list)
    unchanged_count: int = 0


def sort_fetched(rows: Iterable[RateRow], known: Known) -> Sorted:
    """Compares one source's fetched rows with its known ones, currency by currency, in date order.

    A rate more than 20 % from the last accepted one before its date (a correction: also from the rate it
    corrects) is implausible, and is no reference for the next one. The first rate of a currency has none. A
    row whose value cannot be read counts as new: landing quarantines it.
    """
    result = Sorted()
    by_currency: dict[str, list[RateRow]] = {}
    for row in rows:
        by_currency.setdefault(row["currency_code"], []).append(row)
    for currency, fetched in by_currency.items():
        _sort_currency(fetched, known.get(currency, {}), result)
    return result


def _sort_currency(fetched: list[RateRow], known: Mapping[str, RateRow], result: Sorted) -> None:
    by_date: dict[str, list[RateRow]] = {}
    for row in fetched:
        by_date.setdefault(row["rate_date"], []).append(row)
    last: tuple[str, Decimal] | None = None
    for day in sorted({*known, *by_date}):
        current = known.get(day)
        for row in by_date.get(day, []):
            if current is not None and _quotation(current) == _quotation(row):
                result.unchanged_count += 1
                continue
            rate = cny_per_unit(row)
            reference = last
            if reference is None and current is not None:
                reference = _reference(current)
            far = _deviation(rate, reference)
            if far is not None:
                result.implausible.append((row, far))
                continue
            (result.new if current is None else result.corrected).append(row)
            current = row
        if current is not None:
            last = _reference(current) or last


def _reference(row: RateRow) -> tuple[str, Decimal] | None:
    rate = cny_per_unit(row)
    return None if rate is None else (row["rate_date"], rate)


def _quotation(row: RateRow) -> tuple[Decimal | str, str, str]:
    value = _decimal(row["quote_value"])
    return (
        row["quote_value"] if value is None else value,
        row.get("quote_unit") or "1",
        row.get("quote_direction") or "cny_per_foreign",
    )


def cny_per_unit(row: RateRow) -> Decimal | None:
    """CNY per one foreign unit, for comparison only; None if the quotation cannot be read."""
    value, unit, direction = (
        _decimal(row["quote_value"]),
        _decimal(row.get("quote_unit") or "1"),
        row.get("quote_direction") or "cny_per_foreign",
    )
    if value is None or unit is None:
        return None
    return unit / value if direction == "foreign_per_cny" else value / unit


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and value > 0 else None


def _deviation(rate: Decimal | None, reference: tuple[str, Decimal] | None) -> str | None:
    """What is wrong, if the rate is too far from the reference."""
    if rate is None or reference is None:
        return None
    day, last = reference
    ratio = rate / last - 1
    if abs(ratio) <= MAX_DEVIATION_RATIO:
        return None
    return f"{ratio * 100:+.1f} % from the last known rate, of {day}"
