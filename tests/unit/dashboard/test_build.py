"""Whole pages from small publications: no data, notices, and every text in both languages."""

import re
from datetime import datetime, timedelta

from dashboard import texts
from dashboard.build import build_dashboard, file_name, render
from dashboard.texts import Language
from tests.unit.dashboard.conftest import AS_OF, TODAY, PublishedFile


def page(published_file: PublishedFile, page_key: str, language: Language, currency: str) -> str:
    return dict(render(published_file.settings))[file_name(page_key, language, currency)]


def test_a_warehouse_without_data_has_pages(published_file: PublishedFile) -> None:
    report = build_dashboard(published_file.settings)
    # In CNY alone: of USD no rate is known. Each page has its page of all rows.
    assert report.page_count == 4 * 2 * 2 + 1
    content = (published_file.settings.dashboard_dir / "index.html").read_text(encoding="utf-8")
    assert "No data yet." in content
    assert "Not calibrated yet." in content
    assert "No rows in quarantine." in content
    assert "No page in USD: no rate of it is known." in content
    assert not list(published_file.settings.dashboard_dir.glob("*.usd.*"))


def test_one_day_of_data_has_charts(published_file: PublishedFile) -> None:
    for business_type in ("all", "purchase", "forwarding", "service"):
        published_file.day(TODAY, "12.50", business_type)
    content = page(published_file, "core_overview", Language.EN, "CNY")
    assert '<path class=day d="M0' in content
    assert "2026-03-03\t12.50\t12.50\t12.50\t12.50" in content


def test_notices(published_file: PublishedFile) -> None:
    published_file.day(TODAY, "12.50")
    published_file.day(TODAY - timedelta(days=1), "10.00")
    fx = {"paid_amount": 10, "open_amount": 10, "is_rate_provisional": False, "is_rate_stale": False}
    for day in (TODAY - timedelta(days=1), TODAY):
        published_file.add(
            "core_fx_daily",
            **{
                **fx,
                "business_date": day,
                "currency_code": "USD",
                "rate_cny": 7,
                "is_rate_provisional": True,
            },
        )
    published_file.add(
        "core_fx_daily",
        **{**fx, "business_date": TODAY, "currency_code": "SEK", "rate_cny": 1, "is_rate_stale": True},
    )
    published_file.add("core_fx_daily", **{**fx, "business_date": TODAY, "currency_code": "XAF"})
    published_file.add(
        "core_fx_daily",
        **{**fx, "business_date": TODAY, "currency_code": "XOF", "open_amount": 0, "paid_amount": 0},
    )
    published_file.add("core_data_quality", feed="payments", reason="no_rate", quarantined_count=2)
    published_file.add("core_freshness", feed="payments", last_updated_at=AS_OF - timedelta(days=2))
    published_file.add(
        "rate_sources",
        "audit",
        rate_source="central_parity",
        rate_count=0,
        is_official=True,
        is_fallback=False,
    )
    published_file.add(
        "rate_sources", "audit", rate_source="ecb", rate_count=9, is_official=False, is_fallback=False
    )
    published_file.add("core_data_quality", feed="payments", reason="missing_value", quarantined_count=1234)
    published_file.add(
        "calibration_runs",
        "audit",
        run_id="r",
        outcome="drift",
        table_count=19,
        compared_row_count=24718,
        difference_count=3,
        unexplained_count=1,
        finished_at=AS_OF,
    )
    published_file.display(
        "USD", TODAY, "7.1", "1.76", is_rate_provisional=True, rate_date=TODAY - timedelta(days=1)
    )
    content = page(published_file, "order_operations", Language.EN, "USD")
    warnings = re.search(r'<ul class="warnings".*?</ul>', content, re.DOTALL)[0]
    for said in (
        "The feed payments is silent since 1 Mar 2026 12:00 (expected every 1 d): later figures are not complete.",
        "Setting error: official_rate_source is central_parity, which has delivered no rate (delivered: ecb).",
        "2 payments are in no figure: no rate is known for their currency.",
        "No rate at all, 3 Mar: XAF. What depends on it is shown as –.",
        "A rate carried forward for too long, 3 Mar: SEK.",
        "Provisional rates, 2–3 Mar: USD. These figures change when the official rates arrive.",
        "No USD rate is known on 1 days: their money is shown as –.",
        "The USD rate of 3 Mar 2026 is provisional: it is the rate of 2 Mar 2026.",
        "1,236 rows are in quarantine and in no figure.",
        "Last calibration 3 Mar 2026 12:00: 24,718 rows of 19 tables recomputed, 3 differences, 1 unexp",
    ):
        assert said in warnings
    assert "1 USD = 7.1000 CNY, rate of 2 Mar 2026" in content
    assert "3 Mar 2026 12:00" in content


def test_a_measure_is_called_by_its_definition_else_by_its_column(published_file: PublishedFile) -> None:
    assert ">Paid order<" in page(published_file, "core_overview", Language.ZH, "CNY")
    published_file.add(
        "metrics",
        "audit",
        table_name="core_periods",
        column_name="paid_order_count",
        label_en="Paid orders",
        label_zh="付款订单数",
        definition="Orders <b>paid</b>.",
        definition_zh="已付清的<b>订单</b>。",
    )
    rows = file_name("core_overview", Language.ZH, "CNY", "rows")
    files = dict(render(published_file.settings))
    place = re.search(
        r'<dt id="(m\d+)">付款订单数<dd>已付清的<b>订单</b>。'.replace("<b>", "&lt;b&gt;").replace(
            "</b>", "&lt;/b&gt;"
        ),
        files[rows],
    )[1]
    assert f'<a href="{rows}#{place}">付款订单数</a>' in files[file_name("core_overview", Language.ZH, "CNY")]
    english = files[file_name("core_overview", Language.EN, "CNY", "rows")]
    assert "Orders &lt;b&gt;paid&lt;/b&gt;." in english
    assert (
        "<code>warehouse explain core_periods paid_order_count period=this_month business_type=all</code>"
        in english
    )


def test_codes_are_called_as_the_published_file_calls_them(published_file: PublishedFile) -> None:
    published_file.day(TODAY, "12.50", "forwarding")
    for language in Language:
        assert "Routes of parcels" not in page(published_file, "core_overview", language, "CNY")
    published_file.add(
        "code_labels",
        "audit",
        code_list="business_type",
        code="forwarding",
        label_en="Routes of parcels",
        label_zh="包裹之路",
    )
    assert "Routes of parcels" in page(published_file, "core_overview", Language.EN, "CNY")
    assert "包裹之路" in page(published_file, "core_overview", Language.ZH, "CNY")


def test_what_stood_out_stands_first_and_is_not_claimed_too_early(published_file: PublishedFile) -> None:
    first = TODAY - timedelta(days=29)
    for back in range(28):
        published_file.day(first + timedelta(days=back + 1), "100.00")
    assert "Too early to tell what is usual" in page(published_file, "core_overview", Language.EN, "CNY")
    published_file.day(first, "100.00")
    assert "about what it usually is on that weekday" in page(
        published_file, "core_overview", Language.EN, "CNY"
    )
    published_file.execute(
        "update marts.core_daily set net_revenue_cny = 500 where business_date = ?",
        [TODAY - timedelta(days=1)],
    )
    content = page(published_file, "core_overview", Language.EN, "CNY")
    assert "What stood out on Monday 2 Mar" in content
    assert "<b>▲ Net revenue</b> 500.00 CNY <small>usually 100.00 to 100.00 (4 × Monday)</small>" in content
    assert content.index("stood out") < content.index("<article>")


def test_how_much_is_paid_before_the_rate_of_the_day(published_file: PublishedFile) -> None:
    yesterday = TODAY - timedelta(days=1)
    published_file.day(yesterday, "100.00")
    for day, hour, paid in ((yesterday, 8, 30), (yesterday, 9, 20), (yesterday, 23, 50), (TODAY, 0, 999)):
        published_file.add(
            "core_hourly", business_date=day, business_hour=hour, business_type="all", gross_paid_cny=paid
        )
    content = page(published_file, "core_overview", Language.EN, "CNY")
    assert "999.00" in content
    assert "was paid between" not in content
    # 9:15 of yesterday in Shanghai; the rate of today says nothing of a day that is not over.
    for day in (yesterday, TODAY):
        at = datetime(day.year, day.month, day.day, 1, 15)
        published_file.add(
            "official_rates", "audit", currency_code="USD", business_date=day, rate_date=day, published_at=at
        )
    content = page(published_file, "core_overview", Language.EN, "CNY")
    assert "30.0% was paid between 0:00 and the hour" in content
    assert "(1 finished days with such a rate)" in content
    published_file.execute("update audit.official_rates set published_at = published_at + interval 1 day")
    assert "100.0% was paid between" in page(published_file, "core_overview", Language.EN, "CNY")


def test_every_text_takes_the_same_values_in_both_languages() -> None:
    for key, both in texts._TEXTS.items():
        english, chinese = (sorted(re.findall(r"\{(\w+)\}", text)) for text in both)
        assert english == chinese, key


def test_chinese_is_written_with_chinese_punctuation() -> None:
    for key, (_, chinese) in texts._TEXTS.items():
        assert not re.search(r"[\u4e00-\u9fff][,;:(]", chinese), key
