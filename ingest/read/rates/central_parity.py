"""SAFE's table of the RMB central parity: a row per date, a column per currency (in Chinese, or its code).

Some currencies are quoted in CNY per 100 foreign, others in foreign units per 100 CNY: see
`central_parity_quotes.csv`, to which a currency that SAFE adds can be added.
"""

import csv
import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from ingest.foundation.errors import RejectedFile
from ingest.read.rates.rows import CENTRAL_PARITY, RateRow, rate_row
from ingest.read.rates.spreadsheets import Table, read_tables

QUOTES_PATH = Path(__file__).with_name("central_parity_quotes.csv")
_DATE_HEADERS = ("日期", "date")
_NOT_QUOTED = ("", "-", "--", "—", "——", "N/A")
# CNY per 100 USD since 1994: 605 to 873. A table quoted per 1 is not this one, and a hundred times off.
_USD_BETWEEN = (Decimal(100), Decimal(10_000))
# Titles and units may stand above the header.
_HEADER_WITHIN_ROWS = 20


def convert_central_parity(content: bytes, name: str, since: date | None = None) -> list[RateRow] | None:
    """The quotations of SAFE's table as published (CSV, HTML or .xlsx); None if `content` is no such table.

    A column whose currency is not known, a value that is no number and a date that is none are passed on as
    they are, for quarantine. Raises RejectedFile naming file and line when the table is cut off.
    """
    for table in read_tables(content, name):
        header_at = _header_position(table)
        if header_at is not None:
            return _rows(table, header_at, name, since)
    return None


@cache
def _quotes() -> dict[str, tuple[str, str, str]]:
    """Currency, unit and direction by a column's name: as in the file of quotes, or the currency's code."""
    quotes: dict[str, tuple[str, str, str]] = {}
    with QUOTES_PATH.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            quote = (row["currency_code"], row["quote_unit"], row["quote_direction"])
            quotes[row["header"]] = quotes[row["currency_code"]] = quote
    return quotes


def _header_position(table: Table) -> int | None:
    for position, row in enumerate(table.rows[:_HEADER_WITHIN_ROWS]):
        cells = [_header_name(cell) for cell in row.cells]
        if cells[:1] and cells[0].lower() in _DATE_HEADERS:
            return position if any(cell in _quotes() for cell in cells[1:]) else None
    return None


def _header_name(cell: str) -> str:
    """Without blanks and units in brackets: 美元(100) is 美元."""
    return re.sub(r"[(（].*?[)）]|\s", "", cell)


def _rows(table: Table, header_at: int, name: str, since: date | None) -> list[RateRow]:
    header = [_header_name(cell) for cell in table.rows[header_at].cells]
    while header and not header[-1]:
        header.pop()
    quotes = [_quotes().get(cell, (cell, "", "")) for cell in header[1:]]
    rows: list[RateRow] = []
    for row in table.rows[header_at + 1 :]:
        cells = [cell.strip() for cell in row.cells]
        if not any(cells[1:]) and _iso_date(cells[0] if cells else "") is None:
            continue  # a blank line or a footnote
        if len(cells) < len(header) or any(cells[len(header) :]):
            raise _cut_off(name, row.line, f"{len(cells)} cells where the header has {len(header)}")
        day = _iso_date(cells[0])
        if day is not None and since is not None and day < since:
            continue
        for (code, unit, direction), text in zip(quotes, cells[1:], strict=False):
            if code == "USD" and not _is_per_hundred(text):
                raise _cut_off(name, row.line, f"USD {text} cannot be CNY per 100")
            if text not in _NOT_QUOTED:
                row_date = str(day or cells[0])
                rows.append(
                    rate_row(
                        CENTRAL_PARITY,
                        row_date,
                        code,
                        quote_value=_number_text(text),
                        quote_unit=unit,
                        quote_direction=direction,
                    )
                )
    if not table.is_complete:
        raise _cut_off(name, table.last_line, "the table is not closed")
    return rows


def _iso_date(text: str) -> date | None:
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?", text)
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _is_per_hundred(text: str) -> bool:
    number = _number_text(text)
    low, high = _USD_BETWEEN
    return not re.fullmatch(r"\d+(\.\d+)?", number) or low <= Decimal(number) <= high


def _number_text(text: str) -> str:
    return text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text) else text


def _cut_off(name: str, line: int, what: str) -> RejectedFile:
    return RejectedFile(
        "changed_layout",
        f"{name}, line {line}: {what}. It is a central parity table, but cut off or in a new layout; "
        "fetch or deliver it again, whole",
    )
