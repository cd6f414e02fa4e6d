"""Tables of text out of CSV, HTML, .xlsx and .xls content, with each row's line. Nothing here knows of rates."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import lxml.etree
import lxml.html
from python_calamine import CalamineWorkbook

from ingest.foundation.errors import RejectedFile

_ZIP_MARK = b"PK"
_XLS_MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_MAX_MEMBER_BYTES = 64 * 1024 * 1024
# A sheet is read as a full rectangle: a single cell far out would take all memory.
_MAX_CELLS = 5_000_000
_CELL_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


@dataclass(frozen=True)
class TableRow:
    """The texts of one row and the line (row number in a spreadsheet) it starts on."""

    line: int
    cells: tuple[str, ...]


@dataclass
class Table:
    """One table. `is_complete` is False if its end is missing."""

    rows: list[TableRow] = field(default_factory=list)
    is_complete: bool = True
    last_line: int = 1


def read_tables(content: bytes, name: str) -> list[Table]:
    """Every table in the content; none if it is neither CSV nor HTML nor a spreadsheet.

    Raises RejectedFile for a spreadsheet that is cut off, corrupt or too wide.
    """
    if content.startswith((_ZIP_MARK, _XLS_MARK)):
        return _spreadsheet_tables(content, name)
    text = _decoded(content)
    if text is None:
        return []
    if re.search(r"<table|<html|<!doctype", text[:100_000], re.IGNORECASE):
        return _html_tables(text)
    return [_csv_table(text)]


def _decoded(content: bytes) -> str | None:
    encodings = ("utf-8-sig", "gb18030")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _csv_table(text: str) -> Table:
    start = text[:10_000]
    delimiter = max(",;\t", key=start.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    table = Table()
    line = 1
    try:
        for cells in reader:
            table.rows.append(TableRow(line, tuple(cells)))
            line = reader.line_num + 1
    except csv.Error:
        return Table()
    table.last_line = reader.line_num
    return table


def _html_tables(text: str) -> list[Table]:
    """Cells of an inner table belong to the inner one. The parser mends what is not closed, so that is looked for apart."""
    try:
        # Bytes, so that a declared encoding inside the text is not believed over the one it was decoded with.
        document = lxml.html.document_fromstring(
            text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
        )
    except (lxml.etree.LxmlError, ValueError):
        return []
    opened, closed = (len(re.findall(rf"<{mark}table\b", text, re.IGNORECASE)) for mark in ("", "/"))
    return [_html_table(table, is_complete=closed >= opened) for table in document.iter("table")]


def _html_table(element: lxml.html.HtmlElement, is_complete: bool) -> Table:
    table = Table(is_complete=is_complete)
    for row in element.iter("tr"):
        if next(row.iterancestors("table")) is element:
            cells = tuple(_cell_text(cell) for cell in row if cell.tag in ("td", "th"))
            if cells:
                table.rows.append(TableRow(row.sourceline or 0, cells))
    table.last_line = max((row.line for row in table.rows), default=1)
    return table


def _cell_text(cell: lxml.html.HtmlElement) -> str:
    own = (text for text in cell.itertext() if isinstance(text, str))
    return " ".join("".join(own).split())


def _spreadsheet_tables(content: bytes, name: str) -> list[Table]:
    if content.startswith(_ZIP_MARK) and not _is_readable_xlsx(content, name):
        return []
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            _sheet(workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
            for sheet in workbook.sheet_names
        ]
    except (KeyboardInterrupt, SystemExit):
        raise
    # The reader is a compiled one: what it cannot bear arrives as an exception of its own outside `Exception`.
    except BaseException as error:
        raise _damaged(name, f"the spreadsheet cannot be read ({error})") from None


def _is_readable_xlsx(content: bytes, name: str) -> bool:
    """Whether it is a workbook at all. Raises RejectedFile for a damaged or dangerous one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                return False
            if any(member.file_size > _MAX_MEMBER_BYTES for member in members):
                raise _damaged(name, "a part of the spreadsheet is larger than 64 MB")
            for member in members:
                part = archive.read(member)
                if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
                    _refuse_wide(part, name)
    except RejectedFile:
        raise
    except lxml.etree.LxmlError as error:
        raise _damaged(name, f"the spreadsheet cannot be read ({error})") from None
    # Each compression has its own exceptions for damaged data.
    except Exception:
        raise _damaged(name, "the spreadsheet is cut off or corrupt") from None
    return True


def _refuse_wide(sheet: bytes, name: str) -> None:
    width = height = 1
    for _, cell in lxml.etree.iterparse(
        io.BytesIO(sheet), tag="{*}c", resolve_entities=False, no_network=True
    ):
        found = _CELL_REFERENCE.fullmatch(cell.get("r", ""))
        if found:
            width, height = max(width, _column_number(found[1])), max(height, int(found[2]))
        cell.clear()
    if width * height > _MAX_CELLS:
        raise _damaged(
            name, f"the spreadsheet has a cell in column {width} of row {height}, far outside a table"
        )


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _sheet(rows: Iterable[Sequence[object]]) -> Table:
    table = Table(
        [TableRow(line, tuple(map(_value_text, cells))) for line, cells in enumerate(rows, start=1)]
    )
    table.last_line = len(table.rows) or 1
    return table


def _value_text(value: object) -> str:
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == datetime.min.time() else str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # A spreadsheet stores 718.78 as 17 digits of its binary neighbour; str is the shortest for the same one.
    return str(value).strip()


def _damaged(name: str, what: str) -> RejectedFile:
    return RejectedFile("damaged_file", f"{name}: {what}; fetch it again, or deliver it as CSV")
