"""SAFE's central parity table in every form it is delivered in."""

import csv
import io
import zipfile

import pytest

from ingest.foundation.errors import RejectedFile
from ingest.read.rates import convert_if_known
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


def as_xlsx(rows: list[list[str]]) -> bytes:
    """A workbook as spreadsheet programs write it: shared texts, numbers as binary, dates as day numbers."""
    texts = rows[0]
    first_day = 46325  # 2026-10-30
    body = [
        '<row r="1">'
        + "".join(f'<c r="{column(at)}1" t="s"><v>{at}</v></c>' for at in range(len(texts)))
        + "</row>"
    ]
    for number, row in enumerate(rows[1:], start=2):
        cells = [f'<c r="A{number}" s="1"><v>{first_day - number + 2}</v></c>']
        for at, value in enumerate(row[1:], start=1):
            cells.append(f'<c r="{column(at)}{number}"><v>{float(value):.17g}</v></c>')
        body.append(f'<row r="{number}">{"".join(cells)}</row>')
    namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/workbook.xml", f"<workbook {namespace}/>")
        archive.writestr(
            "xl/sharedStrings.xml",
            f"<sst {namespace}>" + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>",
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet {namespace}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f"<worksheet {namespace}><sheetData>{''.join(body)}</sheetData></worksheet>",
        )
    return content.getvalue()


def column(at: int) -> str:
    return chr(65 + at)


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
    ],
    ids=["utf8", "bom", "gb18030", "utf16", "semicolon", "tab", "title", "html", "html-gb18030", "xlsx"],
)
def test_every_form_gives_the_same_rows(content: bytes) -> None:
    rows = convert_if_known(content, "rates")
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
    assert convert_if_known(text.encode(), "x.csv") == [
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
    rows = convert_if_known(b"Date,USD,EUR,KRW\n2026-10-30,702.34,815.61,20456.0\n", "x.csv")
    assert rows is not None
    assert by_currency(rows) == {
        "USD": ("702.34", "100", "cny_per_foreign"),
        "EUR": ("815.61", "100", "cny_per_foreign"),
        "KRW": ("20456.0", "100", "foreign_per_cny"),
    }


def test_what_cannot_be_read_is_passed_on_for_quarantine() -> None:
    text = "日期,美元,新币种\n2026-01-05,abc,1.5\n第三天,702.34,\n"
    rows = convert_if_known(text.encode(), "x.csv")
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
        convert_if_known(content, "safe.csv")
    assert str(refusal.value).startswith(place)
    assert refusal.value.code == "changed_layout"


def test_a_spreadsheet_cut_off_is_refused() -> None:
    with pytest.raises(RejectedFile, match=r"safe\.xlsx: the .* is cut off or corrupt"):
        convert_if_known(as_xlsx(ROWS)[:-100], "safe.xlsx")


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
    assert convert_if_known(content, "x.csv") is None
