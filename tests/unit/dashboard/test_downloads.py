"""CSV files: plain numbers, as of when and in which zone, and no name that a spreadsheet would run."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal

from dashboard.build import file_name, render
from dashboard.texts import Language
from tests.unit.dashboard.conftest import TODAY, PublishedFile


def read(published_file: PublishedFile, page_key: str, part: str, language: Language) -> list[dict[str, str]]:
    text = dict(render(published_file.settings))[file_name(page_key, language, "CNY", part, "csv")]
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_every_row_says_as_of_when_and_where(published_file: PublishedFile) -> None:
    published_file.day(TODAY, "1234.50")
    (row,) = read(published_file, "core_overview", "daily", Language.ZH)
    assert row["日期"] == "2026-03-03"
    assert row["Net revenue (CNY)"] == "1234.50"
    assert (row["数据截至"], row["时区"]) == ("2026-03-03T12:00:00+08:00", "Asia/Shanghai")


def test_shares_are_numbers_and_all_rows_are_there(published_file: PublishedFile) -> None:
    published_file.day(TODAY, "30.00")
    for place in range(20):
        published_file.add(
            "services_daily",
            business_date=TODAY,
            service_code="=1+1" if place == 0 else f"s{place}",
            paid_order_count=1,
            gross_paid_cny=Decimal(100 - place),
            refund_cny=0,
            chargeback_cny=0,
            net_revenue_cny=Decimal(100 - place),
        )
    rows = read(published_file, "logistics_forwarding", "services", Language.EN)
    assert len(rows) == 20
    assert rows[0]["Service"] == "'=1+1"
    (share,) = (
        row["Share"] for row in read(published_file, "logistics_forwarding", "service-paid", Language.EN)[:1]
    )
    assert re.fullmatch(r"0\.0\d+", share)
    page = dict(render(published_file.settings))[file_name("logistics_forwarding", Language.EN, "CNY")]
    assert "8 of 20 rows" in page
    assert (
        f'<a href="{file_name("logistics_forwarding", Language.EN, "CNY", "rows")}#services">all 20 rows'
        in page
    )


def test_a_day_without_its_like_has_no_change(published_file: PublishedFile) -> None:
    published_file.day(TODAY, "30.00")
    for day, amount in (
        (TODAY - timedelta(days=1), 150),
        (TODAY - timedelta(days=31), 100),
        (date(2025, 1, 1), 1),
    ):
        published_file.add(
            "services_daily",
            business_date=day,
            service_code="photo",
            paid_order_count=1,
            gross_paid_cny=amount,
            refund_cny=0,
            chargeback_cny=0,
            net_revenue_cny=amount,
        )
    (row,) = read(published_file, "logistics_forwarding", "services", Language.EN)
    (changed,) = (value for name, value in row.items() if name.startswith("Change on 30 days before"))
    assert changed == "0.5"
