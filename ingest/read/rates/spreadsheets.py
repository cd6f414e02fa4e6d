"""Tables of text out of CSV, HTML and .xlsx content, with each row's line. Nothing here knows of rates."""

import codecs
import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

from ingest.foundation.errors import RejectedFile

_MAX_MEMBER_BYTES = 64 * 1024 * 1024
_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_EXCEL_EPOCH = date(1899, 12, 30)
# The built-in number formats that show a date.
_DATE_FORMATS = frozenset({"14", "15", "16", "17", "22", "27", "30", "31", "36", "50", "57"})


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
    """Every table in the content; none if it is neither CSV nor HTML nor .xlsx.

    Raises RejectedFile for a spreadsheet that is cut off or corrupt.
    """
    if content.startswith(b"PK"):
        return _xlsx_tables(content, name)
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


class _TableParser(HTMLParser):
    """Collects tables; cells of an inner table belong to the inner one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._open: list[Table] = []
        self._cells: list[list[str]] = []
        self._row_line = 0
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_row()
            self._open.append(Table(is_complete=False))
            self.tables.append(self._open[-1])
        elif tag == "tr":
            self._end_row()
            self._row_line = self.getpos()[0]
        elif tag in ("td", "th") and self._open:
            self._cells.append([])
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False
        elif tag == "tr":
            self._end_row()
        elif tag == "table" and self._open:
            self._end_row()
            self._open.pop().is_complete = True

    def handle_data(self, data: str) -> None:
        if self._in_cell and self._cells:
            self._cells[-1].append(data)

    def _end_row(self) -> None:
        if self._open and self._cells:
            cells = tuple(" ".join("".join(cell).split()) for cell in self._cells)
            self._open[-1].rows.append(TableRow(self._row_line, cells))
        self._cells = []
        self._in_cell = False

    def close(self) -> None:
        super().close()
        self._end_row()
        for table in self.tables:
            table.last_line = max((row.line for row in table.rows), default=1)


def _html_tables(text: str) -> list[Table]:
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    return parser.tables


def _xlsx_tables(content: bytes, name: str) -> list[Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if "xl/workbook.xml" not in members:
                return []
            if any(info.file_size > _MAX_MEMBER_BYTES for info in members.values()):
                raise RejectedFile("damaged_file", f"{name}: a part of the spreadsheet is larger than 64 MB")
            shared = _shared_texts(archive, members)
            dated = _date_styles(archive, members)
            sheets = sorted(path for path in members if re.fullmatch(r"xl/worksheets/[^/]+\.xml", path))
            return [_sheet(ElementTree.fromstring(archive.read(path)), shared, dated) for path in sheets]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise RejectedFile(
            "damaged_file", f"{name}: the spreadsheet is cut off or corrupt; fetch or deliver it again"
        ) from None
    except (ElementTree.ParseError, ValueError, IndexError) as error:
        raise RejectedFile(
            "damaged_file", f"{name}: the spreadsheet cannot be read ({error}); deliver it as CSV instead"
        ) from None


def _shared_texts(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> list[str]:
    if "xl/sharedStrings.xml" not in members:
        return []
    root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    return ["".join(part.text or "" for part in item.iter(f"{_XML}t")) for item in root.iter(f"{_XML}si")]


def _date_styles(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> set[str]:
    """The style numbers of cells whose number is shown as a date."""
    if "xl/styles.xml" not in members:
        return set()
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    own = {
        item.get("numFmtId")
        for item in root.iter(f"{_XML}numFmt")
        if re.search("y|年", re.sub(r'"[^"]*"|\[[^]]*\]', "", item.get("formatCode", "")), re.IGNORECASE)
    }
    formats = root.find(f"{_XML}cellXfs")
    styles = [] if formats is None else [item.get("numFmtId") for item in formats]
    return {str(at) for at, style in enumerate(styles) if style in own or style in _DATE_FORMATS}


def _sheet(root: ElementTree.Element, shared: list[str], dated: set[str]) -> Table:
    table = Table()
    for position, row in enumerate(root.iter(f"{_XML}row"), start=1):
        cells: list[str] = []
        for cell in row.iter(f"{_XML}c"):
            column = _column_number(cell.get("r", "")) or len(cells) + 1
            cells += [""] * (column - 1 - len(cells))
            cells.append(_cell_text(cell, shared, dated))
        table.rows.append(TableRow(int(row.get("r", position)), tuple(cells)))
    width = max((len(row.cells) for row in table.rows), default=0)
    # A spreadsheet leaves empty cells at a row's end out.
    table.rows = [
        TableRow(row.line, row.cells + ("",) * (width - len(row.cells))) if row.cells else row
        for row in table.rows
    ]
    table.last_line = table.rows[-1].line if table.rows else 1
    return table


def _column_number(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]{0,3}", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number


def _cell_text(cell: ElementTree.Element, shared: list[str], dated: set[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_XML}t")).strip()
    value = cell.findtext(f"{_XML}v", "")
    if kind == "s":
        return shared[int(value)].strip()
    if kind != "n" or not value:
        return value.strip()
    if cell.get("s", "0") in dated:
        return str(_EXCEL_EPOCH + timedelta(days=int(float(value))))
    # A spreadsheet stores 718.78 as 17 digits of its binary neighbour; repr is the shortest for the same one.
    text = repr(float(value))
    return text.removesuffix(".0") if "e" not in text else value
