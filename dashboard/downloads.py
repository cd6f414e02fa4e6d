"""Tables as CSV: every row, plain numbers, shares as parts of one, and with each row as of when and in which zone it is."""

import csv
import io
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.model import Column, Table

_PLACES = Decimal("0.000001")


def table_csv(context: Context, table: Table) -> str:
    """A table with a byte order mark, by which spreadsheets know UTF-8. Its total is left to the reader's tool."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    heads = [" ".join(filter(None, (column.label, _unit(column)))) for column in table.columns]
    writer.writerow([*map(_name, heads), context.text("as_of"), context.text("zone")])
    as_of = [context.now.isoformat(timespec="seconds"), context.zone.key]
    for row in table.rows:
        writer.writerow(
            [*(_cell(value, column.kind) for value, column in zip(row, table.columns, strict=True)), *as_of]
        )
    return "\ufeff" + stream.getvalue()


def _unit(column: Column) -> str:
    return f"({column.unit})" if column.unit else ""


def _cell(value: Any, kind: Kind) -> str:
    if value is None or value == "":
        return ""
    if kind is Kind.NAME:
        return _name(str(value))
    if kind is Kind.MONTH:
        return f"{value:%Y-%m}"
    if isinstance(value, datetime):
        # Instants of the published file are UTC.
        return value.isoformat(timespec="seconds") + "Z"
    if not kind.is_number:
        return str(value)
    number = Decimal(str(value))
    if kind is Kind.WEIGHT_KG:
        number /= 1000
    if kind in (Kind.RATIO, Kind.CHANGE, Kind.DECIMAL):
        number = number.quantize(_PLACES, ROUND_HALF_UP)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text and kind is not Kind.MONEY else text


def _name(text: str) -> str:
    """A name that a spreadsheet would run as a formula is kept a name."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
