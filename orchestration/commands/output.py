"""How commands print values: for people, and as JSON for programs."""

from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any


def as_text(value: Any) -> str:
    """A figure for people; NULL is said."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6f}"
    return str(value)


def as_json(value: Any) -> Any:
    """A value that JSON has. Money is text, so that no reader makes a float of it; instants are UTC."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    # JSON has no infinity.
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def counted(count: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
