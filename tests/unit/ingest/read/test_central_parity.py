"""SAFE's central parity table in every form it is delivered in."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import openpyxl
import pytest
import xlwt
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import RejectedFile
from ingest.read.publishers import convert_if_known
from ingest.read.rates.central_parity import QUOTES_PATH

# The header of the publisher's query, October 2026.
HEADER, VALUES, EARLIER = csv.reader(
    io.StringIO(
        "日期,美元,欧元,日元,港元,英镑,澳元,新西兰元,新加坡元,瑞士法郎,加元,澳门元,林吉特,卢布,兰特,韩元,迪拉姆,"
        "里亚尔,福林,兹罗提,丹麦克朗,瑞典克朗,挪威克朗,里拉,比索,泰铢\n"
        "2026-10-30,702.34,815.61,4.6382,90.37,938.02,463.15,404.8,541.27,874.9,502.11,113.96,59.86,1148.12,"
        "247.31,20456.0,52.29,53.4,4731.2,51.66,91.57,134.5,139.9,597.04,262.88,461.02\n"
        "2026-10-29,702.41,815.1,4.6391,90.38,938.6,463.02,404.1,541.9,874.2,502.4,113.9,59.88,1147.3,"
        "247.52,20450.0,52.28,53.39,4729.9,51.6,91.6,134.3,139.7,596.81,262.7,460.77\n"
    )
)
PUBLISHERS = FEEDS["fx_rates"].publishers
ROWS = [HEADER, VALUES, EARLIER]


def as_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def as_html(rows: list[list[str]]) -> str:
    header, *data = rows
    cells = "\n".join(f"<th>{cell}</th>" for cell in header)
    lines = "\n".join(
        '<tr class="first">\n' + "\n".join(f"<td>{cell}&nbsp;</td>" for cell in row) + "\n</tr>"
        for row in data
    )
    return (
        "<!DOCTYPE html><html><head><title>人民币汇率中间价</title></head><body>\n"
        "<table><tr><td>开始日期</td><td>结束日期</td></tr></table>\n"
        f'<table id="InfoTable"><tr class="table_head">{cells}</tr>\n{lines}\n</table>\n</body></html>'
    )


def as_xlsx(rows: list[list[str]], epoch: datetime = WINDOWS_EPOCH) -> bytes:
    """A workbook as spreadsheet programs write it: numbers as binary, dates as day numbers from an epoch."""
    workbook = openpyxl.Workbook()
    workbook.epoch = epoch
    sheet = workbook.active
    assert sheet is not None
    sheet.append(rows[0])
    for day, *values in rows[1:]:
        sheet.append([date.fromisoformat(day), *(float(value) for value in values)])
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def as_xls(rows: list[list[str]]) -> bytes:
    """The older binary form."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("rates")
    dated = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for column, text in enumerate(rows[0]):
        sheet.write(0, column, text)
    for line, (day, *values) in enumerate(rows[1:], start=1):
        sheet.write(line, 0, date.fromisoformat(day), dated)
        for column, value in enumerate(values, start=1):
            sheet.write(line, column, float(value))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def with_member(
    workbook: bytes, name: str, change: Callable[[bytes], bytes], compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The workbook with one of its parts changed, all of them compressed as given."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(content, "w", compression) as new:
        for info in old.infolist():
            part = old.read(info)
            new.writestr(info.filename, change(part) if info.filename == name else part)
    return content.getvalue()


def by_currency(rows: list[dict[str, str]], day: str = "2026-10-30") -> dict[str, tuple[str, str, str]]:
    return {
        row["currency_code"]: (row["quote_value"], row["quote_unit"], row["quote_direction"])
        for row in rows
        if row["rate_date"] == day
    }


@pytest.mark.parametrize(
    "content",
    [
        as_csv(ROWS).encode("utf-8"),
        as_csv(ROWS).encode("utf-8-sig"),
        as_csv(ROWS).encode("gb18030"),
        as_csv(ROWS).encode("utf-16"),
        as_csv(ROWS, ";").encode("utf-8"),
        as_csv(ROWS, "\t").encode("gb18030"),
        ("人民币汇率中间价,单位：元\r\n\r\n" + as_csv(ROWS)).encode("gb18030"),
        as_html(ROWS).encode("utf-8"),
        as_html(ROWS).encode("gb18030"),
        as_xlsx(ROWS),
        as_xlsx(ROWS, MAC_EPOCH),
        as_xls(ROWS),
    ],
    ids=[
        "utf8",
        "bom",
        "gb18030",
        "utf16",
        "semicolon",
        "tab",
        "title",
        "html",
        "html-gb18030",
        "xlsx",
        "xlsx-1904",
        "xls",
    ],
)
def test_every_form_gives_the_same_rows(content: bytes) -> None:
    rows = convert_if_known(PUBLISHERS, content, "rates")
    assert rows is not None
    assert len(rows) == 2 * 25
    assert {row["rate_source"] for row in rows} == {"central_parity"}
    quotes = by_currency(rows)
    assert float(quotes["USD"][0]) == 702.34
    assert quotes["JPY"] == ("4.6382", "100", "cny_per_foreign")
    assert quotes["MOP"] == ("113.96", "100", "foreign_per_cny")
    assert quotes["MYR"] == ("59.86", "100", "foreign_per_cny")
    assert float(quotes["KRW"][0]) == 20456
    assert quotes["KRW"][1:] == ("100", "foreign_per_cny")
    assert by_currency(rows, "2026-10-29")["USD"][0] == "702.41"


def test_every_quoted_currency_has_one_unit_and_direction() -> None:
    with QUOTES_PATH.open(encoding="utf-8", newline="") as file:
        quotes = list(csv.DictReader(file))
    assert {header for header in HEADER[1:]} <= {quote["header"] for quote in quotes}
    by_code: dict[str, set[tuple[str, str]]] = {}
    for quote in quotes:
        by_code.setdefault(quote["currency_code"], set()).add((quote["quote_unit"], quote["quote_direction"]))
    assert all(len(ways) == 1 for ways in by_code.values())
    per_foreign = {code for code, ways in by_code.items() if ("100", "cny_per_foreign") in ways}
    assert per_foreign == {"USD", "EUR", "JPY", "HKD", "GBP", "AUD", "NZD", "SGD", "CHF", "CAD"}


def test_dates_and_numbers_as_people_write_them() -> None:
    text = '日期,美元,韩元\n2026年1月5日,702.34,"19,005.50"\n2026/1/6,702.35,—\n'
    assert convert_if_known(PUBLISHERS, text.encode(), "x.csv") == [
        {
            "rate_source": "central_parity",
            "rate_date": day,
            "currency_code": code,
            "quote_value": value,
            "quote_unit": "100",
            "quote_direction": direction,
        }
        for day, code, value, direction in [
            ("2026-01-05", "USD", "702.34", "cny_per_foreign"),
            ("2026-01-05", "KRW", "19005.50", "foreign_per_cny"),
            ("2026-01-06", "USD", "702.35", "cny_per_foreign"),
        ]
    ]


def test_the_table_in_english() -> None:
    rows = convert_if_known(PUBLISHERS, b"Date,USD,EUR,KRW\n2026-10-30,702.34,815.61,20456.0\n", "x.csv")
    assert rows is not None
    assert by_currency(rows) == {
        "USD": ("702.34", "100", "cny_per_foreign"),
        "EUR": ("815.61", "100", "cny_per_foreign"),
        "KRW": ("20456.0", "100", "foreign_per_cny"),
    }


def test_what_cannot_be_read_is_passed_on_for_quarantine() -> None:
    text = "日期,美元,新币种\n2026-01-05,abc,1.5\n第三天,702.34,\n"
    rows = convert_if_known(PUBLISHERS, text.encode(), "x.csv")
    assert rows is not None
    assert [(row["rate_date"], row["currency_code"], row["quote_value"]) for row in rows] == [
        ("2026-01-05", "USD", "abc"),
        ("2026-01-05", "新币种", "1.5"),
        ("第三天", "USD", "702.34"),
    ]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (as_csv(ROWS)[:-60].encode(), "safe.csv, line 3"),
        (as_html(ROWS)[:-200].encode(), "safe.csv, line "),
        (
            as_csv(ROWS).replace("702.41", "7.0241").encode(),
            "safe.csv, line 3: USD 7.0241 cannot be CNY per 100",
        ),
        (b"Date,USD,EUR\n2026-10-30,7.0234,8.1561\n", "safe.csv, line 2: USD 7.0234 cannot be CNY per 100"),
        (as_html(ROWS).replace("<td>702.41&nbsp;</td>", "").encode(), "safe.csv, line 57"),
    ],
)
def test_a_table_cut_off_or_changed_is_refused_with_its_place(content: bytes, place: str) -> None:
    with pytest.raises(RejectedFile, match=r"cut off or in a new layout") as refusal:
        convert_if_known(PUBLISHERS, content, "safe.csv")
    assert str(refusal.value).startswith(place)
    assert refusal.value.code == "changed_layout"


SHEET = "xl/worksheets/sheet1.xml"


def test_phonetic_text_is_no_part_of_a_name() -> None:
    """Japanese spreadsheet programs keep how a word is read beside it."""
    name = "<t>&#26085;&#20803;</t>"  # 日元
    reading = "<rPh sb='0' eb='2'><t>ニチゲン</t></rPh>"
    content = with_member(
        as_xlsx(ROWS), SHEET, lambda part: part.replace(name.encode(), (name + reading).encode())
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "ニチゲン".encode() in archive.read(SHEET)
    rows = convert_if_known(PUBLISHERS, content, "safe.xlsx")
    assert rows is not None
    assert by_currency(rows)["JPY"] == ("4.6382", "100", "cny_per_foreign")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (as_xlsx(ROWS)[:-100], "cut off or corrupt"),
        (as_xls(ROWS)[:2000], "cannot be read"),
        (with_member(as_xlsx(ROWS), SHEET, lambda part: part[:-200]), "cannot be read"),
        (
            with_member(as_xlsx(ROWS), SHEET, lambda part: b"<?xml version='1.0' encoding='x-none'?>" + part),
            "cannot be read",
        ),
        (
            with_member(as_xlsx(ROWS), SHEET, lambda part: part.replace(b'r="B2"', b'r="ZZZ1048576"')),
            "far outside a table",
        ),
        *(
            (with_member(as_xlsx(ROWS), "-", bytes, kind).replace(mark, b"\0" * len(mark), 1), "corrupt")
            for kind, mark in ((zipfile.ZIP_BZIP2, b"BZh9"), (zipfile.ZIP_LZMA, b"\x09\x04\x05\x00\x5d"))
        ),
    ],
    ids=["cut", "xls-cut", "sheet-cut", "encoding", "far-cell", "bzip2", "lzma"],
)
def test_a_damaged_spreadsheet_is_refused(content: bytes, what: str) -> None:
    with pytest.raises(RejectedFile, match=rf"safe\.xlsx: .*{what}.*; fetch ") as refusal:
        convert_if_known(PUBLISHERS, content, "safe.xlsx")
    assert refusal.value.code == "damaged_file"


def test_a_date_without_end_is_passed_on_for_quarantine() -> None:
    content = with_member(
        as_xlsx(ROWS),
        SHEET,
        lambda part: part.replace(b"<v>46325</v>", b"<v>1e308</v>").replace(b"<v>46324</v>", b"<v>INF</v>"),
    )
    rows = convert_if_known(PUBLISHERS, content, "safe.xlsx")
    assert rows is not None
    assert "2026-10-30" not in {row["rate_date"] for row in rows}
    assert len(rows) == 2 * 25


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"rate_source,rate_date,currency_code,quote_value\necb,2026-01-05,USD,7.1\n",
        "日期,备注\n2026-01-05,无\n".encode(),
        b"<html><body>login</body></html>",
        b"\xff\xfe\x00",
        b"PK\x05\x06" + b"\0" * 18,
    ],
)
def test_anything_else_is_not_recognised(content: bytes) -> None:
    assert convert_if_known(PUBLISHERS, content, "x.csv") is None
