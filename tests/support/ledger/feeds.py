"""What the feeds hold: which column is of which kind, and how its text is read."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
RawRow = Mapping[str, str | None]
Raw = Mapping[str, Sequence[RawRow]]

KEYS: dict[str, tuple[str, ...]] = {
    "users": ("user_id",),
    "purchase_orders": ("order_id",),
    "purchase_order_lines": ("order_id", "line_no"),
    "forwarding_orders": ("order_id",),
    "forwarding_boxes": ("order_id", "box_no"),
    "shipping_lines": ("line_code", "valid_from"),
    "service_orders": ("order_id",),
    "payments": ("payment_id",),
    "refunds": ("refund_id",),
    "settlements": ("settlement_id",),
    "fx_rates": ("rate_source", "rate_date", "currency_code"),
}

_NUMBERS = frozenset(
    {"amount", "fee_amount", "gross_amount", "net_amount", "quote_value", "volumetric_divisor"}
)
_WHOLE_NUMBERS = frozenset({"line_no", "box_no", "quantity", "quote_unit", "promised_days"})
_UPPER = frozenset({"country_code", "destination_country", "currency_code"})
_LOWER = frozenset(
    {"platform", "status", "order_type", "purpose", "method", "destination", "type", "quote_direction"}
)

# What a source calls things; `line_code` too, but lines are found by it before it is shown.
_OPEN_CODES = frozenset(
    {
        "country_code",
        "destination_country",
        "acquisition_channel",
        "warehouse_code",
        "channel",
        "service_code",
        "component",
        "reason",
    }
)


def shown_code(text: str) -> str:
    """R20: what does not look like a code is `other`."""
    kinds = {unicodedata.category(char) for char in text if char not in "_-.+/"}
    has_letter = any(kind.startswith("L") for kind in kinds)
    of_code = all(kind.startswith("L") or kind == "Nd" for kind in kinds)
    return text if of_code and len(text) <= 64 and (has_letter or len(text) <= 6) else "other"


def read_row(feed: str, raw_row: RawRow, source_zone: ZoneInfo) -> Row:
    """A row as landing accepted it, with typed values; empty text is None.

    Raises ValueError for a value that landing would have quarantined.
    """
    row: Row = {}
    for column, text in raw_row.items():
        stripped = text.strip() if text is not None else ""
        try:
            row[column] = _read(column, stripped, source_zone) if stripped else None
        except (ValueError, KeyError, InvalidOperation) as error:
            raise ValueError(f"{feed}.{column}: cannot read {text!r}") from error
    return row


def _read(column: str, text: str, source_zone: ZoneInfo) -> Any:
    if column.endswith("_at"):
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=source_zone)).astimezone(UTC)
    value = _reader(column)(text)
    return shown_code(value) if column in _OPEN_CODES else value


@cache
def _reader(column: str) -> Callable[[str], Any]:
    if column in ("valid_from", "rate_date"):
        return lambda text: date.fromisoformat(text[:10])
    if column.startswith("is_"):
        return lambda text: {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    if column in _WHOLE_NUMBERS:
        return lambda text: int(Decimal(text))
    if column in _NUMBERS or column.endswith(("_cny", "_g", "_mm")):
        return Decimal
    if column in _UPPER:
        return str.upper
    return str.lower if column in _LOWER else str
