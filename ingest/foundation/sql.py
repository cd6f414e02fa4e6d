"""Quoting for SQL: identifiers, text and values."""

from datetime import datetime


def quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def quote_value(value: str | int | bool | datetime | None) -> str:
    """A value as SQL has it; an instant is naive UTC. For bound parameters DuckDB imports pandas, the slowest step of a run."""
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(sep=' ')}'"
    return quote_text(value) if isinstance(value, str) else str(value).lower()
