"""What is not in the contract's form but can mean only one thing is read as that, and said to be."""

import json
from pathlib import Path

import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.land.report import BatchReport
from ingest.land.retry import retry_quarantine
from tests.support.landing import csv_text, deliver, query


def land_rows(settings: Settings, feed: str, *rows: dict[str, str]) -> BatchReport:
    """Lands the feed's example once for each of `rows`, with these values in it, under keys of its own where it is text."""
    example = FEEDS[feed].example_row
    key = FEEDS[feed].key[0]
    whole = [{**example, key: f"{example[key]}-{number}", **row} for number, row in enumerate(rows)]
    file = deliver(settings.home.parent / "in", f"{feed}/a.csv", csv_text(whole))
    (batch,) = land_path(settings, file).batches
    return batch


def landed(settings: Settings, feed: str, column: str) -> list[str | None]:
    return [value for (value,) in query(settings, f"select {column} from raw.{feed} order by _landing_seq")]


@pytest.mark.parametrize(
    ("feed", "column", "delivered", "read"),
    [
        ("payments", "initiated_at", "2026/3/2 9:05", "2026-03-02 01:05:00.000000"),
        ("payments", "initiated_at", "2026/03/02 09:05:07.5+02:00", "2026-03-02 07:05:07.500000"),
        ("payments", "initiated_at", "2026年3月2日 9:05", "2026-03-02 01:05:00.000000"),
        ("payments", "initiated_at", "2026.3.2", "2026-03-01 16:00:00.000000"),
        ("payments", "amount_cny", "¥100.50", "100.50"),
        ("payments", "amount_cny", "￥ 1,234.50", "1234.50"),
        ("payments", "amount_cny", "RMB 280.00", "280.00"),
        ("payments", "amount_cny", "280.00元", "280.00"),
        ("payments", "amount", "$39.60", "39.60"),
        ("payments", "amount", "1,234,567", "1234567"),
        ("payments", "bonus_cny", "NULL", None),
        ("payments", "succeeded_at", r"\N", None),
        ("payments", "order_id", "NULL", None),
        ("payments", "currency_code", "rmb", "CNY"),
        ("payments", "method", "支付宝", "alipay"),
        ("payments", "is_test", "否", "false"),
        ("settlements", "net_cny", "-¥1,271.20", "-1271.20"),
        ("settlements", "net_cny", "¥-271.20", "-271.20"),
        ("purchase_orders", "platform", "淘宝", "taobao"),
        ("users", "gender", "男", "male"),
        ("users", "gender", "F", "female"),
        ("users", "country_code", "USA", "US"),
        ("users", "country_code", "united kingdom", "GB"),
        ("users", "country_code", "澳大利亚", "AU"),
        ("users", "email", r"\N", None),
        ("forwarding_boxes", "actual_weight_g", "2,400.5", "2400.5"),
        ("purchase_order_lines", "quantity", "1,200", "1200"),
        ("fx_rates", "rate_date", "2026/3/2", "2026-03-02"),
        ("fx_rates", "rate_date", "2026/3/2 0:00", "2026-03-02"),
    ],
)
def test_it_is_read_and_counted(
    settings: Settings, feed: str, column: str, delivered: str, read: str | None
) -> None:
    batch = land_rows(settings, feed, {}, {column: delivered})
    assert batch.quarantine_reasons == {}
    assert landed(settings, feed, column)[1] == read
    assert batch.converted_counts == {column: 1}
    assert f"values converted: {column} 1" in batch.line()


@pytest.mark.parametrize(
    ("column", "delivered", "values"),
    [
        ("amount_cny", "1,234", {}),  # a decimal comma?
        ("amount_cny", "12,34.50", {}),
        ("amount_cny", "$100", {}),
        ("amount", "¥100", {"currency_code": "USD"}),
        ("amount", "$100", {"currency_code": "EUR"}),
        ("amount_cny", "--5", {}),
        ("amount_cny", "１０", {}),
        ("initiated_at", "1/10/2026 9:05", {}),  # January or October?
        ("initiated_at", "2026/13/1", {}),
        ("initiated_at", "26/3/1", {}),
        ("initiated_at", "1772323200", {}),
        ("method", "barter", {}),
        ("is_test", "maybe", {}),
        ("amount", "NULL", {}),
    ],
)
def test_what_may_mean_two_things_or_none_is_refused(
    settings: Settings, column: str, delivered: str, values: dict[str, str]
) -> None:
    batch = land_rows(settings, "payments", {}, {**values, column: delivered})
    assert (batch.rows_accepted, batch.rows_quarantined, batch.converted_counts) == (1, 1, {})
    raw_text = query(settings, "select raw_text from raw.quarantine")[0][0]
    assert delivered in raw_text


def test_the_contract_s_form_keeps_its_meaning(settings: Settings) -> None:
    for feed in FEEDS:
        assert land_rows(settings, feed, {}).converted_counts == {}
    assert land_rows(settings, "users", {"gender": "Female", "country_code": "us"}).converted_counts == {}
    assert landed(settings, "users", "gender")[-1] == "Female"


def test_a_column_of_another_form_is_no_change_of_its_meaning(settings: Settings) -> None:
    rows = [{"initiated_at": f"2026/3/2 9:{minute:02}", "is_test": "否"} for minute in range(30)]
    batch = land_rows(settings, "payments", *rows)
    assert (batch.status, batch.rows_accepted) == ("landed", 30)
    assert batch.converted_counts == {"initiated_at": 30, "is_test": 30}
    assert query(settings, "select converted_counts from raw.batches") == [
        ('{"initiated_at": 30, "is_test": 30}',)
    ]


def test_a_row_refused_for_another_reason_counts_nothing_and_keeps_its_text(settings: Settings) -> None:
    batch = land_rows(settings, "payments", {"amount_cny": "¥100.50", "status": "gone"})
    assert (batch.rows_quarantined, batch.converted_counts) == (1, {})
    ((detail, raw_text),) = query(settings, "select detail, raw_text from raw.quarantine")
    assert detail.startswith("column status 'gone': not in the closed list")
    assert "¥100.50" in raw_text


def test_what_is_refused_is_shown_with_a_good_one(settings: Settings) -> None:
    land_rows(
        settings,
        "payments",
        {"amount_cny": "1,234"},
        {"initiated_at": "1/10/2026 9:05"},
        {"bonus_cny": "12.5O"},
        {"amount": "13800138000"},
        {"amount": "Anna"},
        {"method": "barter"},
    )
    details = [detail for (detail,) in query(settings, "select detail from raw.quarantine order by line")]
    assert [detail.split(": ")[0] for detail in details] == [
        "column amount_cny '1,234'",
        "column initiated_at '1/10/2026 9:05'",
        "column bonus_cny '12.5O'",
        "column amount",
        "column amount",
        "column method 'barter'",
    ]
    assert [detail.rpartition(", unlike ")[2] for detail in details] == [
        "280.00",
        "2026-03-02T21:04:00+08:00",
        "39.60",
        "39.60",
        "39.60",
        "paypal",
    ]


def test_a_home_adds_aliases_and_a_retry_reads_by_them(settings: Settings) -> None:
    batch = land_rows(settings, "payments", {"status": "已支付"}, {"currency_code": "TWD"})
    assert batch.quarantine_reasons == {"unknown_code": 1}
    settings.aliases_path.write_text('[payments.status]\n"已支付" = "succeeded"\n', encoding="utf-8")
    assert retry_quarantine(settings).landed_count == 1
    assert landed(settings, "payments", "status") == ["succeeded", "succeeded"]
    settings.aliases_path.write_text('[users.country_code]\nDeutschland = "DE"\n', encoding="utf-8")
    batch = land_rows(settings, "users", {"country_code": "DEUTSCHLAND"}, {"country_code": "Germany"})
    assert batch.converted_counts == {"country_code": 2}
    assert landed(settings, "users", "country_code") == ["DE", "DE"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[payment.status]\na = "b"', "unknown feed 'payment' (did you mean payments?)"),
        ('[payments.amount]\na = "b"', "payments has no column 'amount' that takes aliases"),
        ('[users.email]\na = "b"', "users has no column 'email' that takes aliases"),
        ('[payments.status]\nFailed = "succeeded"', "'Failed' is a code of the column and means itself"),
        ('[payments.status]\ndone = "finished"', "'finished' is no code of the column; those are initiated"),
        ("[payments.status]\ndone = 1", "the value of 'done' must be text in quotes"),
        ('[payments]\nstatus = "x"', '[payments.status] must hold lines such as "name" = "value"'),
        ("payments = 1", "payments must be sections such as [payments.status]"),
        ("[payments", "cannot be read as TOML"),
    ],
)
def test_a_wrong_alias_is_said_and_nothing_lands(settings: Settings, content: str, said: str) -> None:
    settings.home.mkdir()
    settings.aliases_path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        land_rows(settings, "users", {})
    assert said in str(caught.value)
    assert str(settings.aliases_path) in str(caught.value)
    assert query(settings, "select count(*) from raw.users") == [(0,)]


def test_json_and_numbers_of_json(settings: Settings, tmp_path: Path) -> None:
    row = {**FEEDS["payments"].example_row, "amount_cny": "¥280.00", "fee_amount": 1.65, "bonus_cny": None}
    deliver(tmp_path / "in", "payments/a.jsonl", json.dumps(row, ensure_ascii=False))
    (batch,) = land_path(settings, tmp_path / "in").batches
    assert batch.converted_counts == {"amount_cny": 1}
