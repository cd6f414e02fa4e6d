"""The example mapping against the example schema, on both servers: every feed, exact values, then changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.databases.landing import land_database
from ingest.foundation.settings import Settings
from orchestration.cli import main

pytestmark = pytest.mark.servers

NOW = datetime(2026, 10, 30, 4, 0, tzinfo=UTC)

# Its instants without a zone are China's; updated_at is an instant, written in UTC.
ROWS = Path(__file__).with_name("open_platform_rows.sql")


@pytest.fixture
def platform(database: Any, examples: Path) -> Any:
    """The example's tables with a little of everything in them."""
    database.execute((examples / f"open_platform_{database.kind}.sql").read_text())
    literals = {"yes": "1", "no": "0"} if database.kind == "mysql" else {"yes": "true", "no": "false"}
    zone = "set time_zone = '+00:00';" if database.kind == "mysql" else "set timezone = 'UTC';"
    database.execute(zone + ROWS.read_text(encoding="utf-8").format(**literals))
    return database


def land(settings: Settings, platform: Any, examples: Path, **options: Any) -> Any:
    return land_database(
        settings, platform.url, examples / "open_platform.toml", **{"landed_at": NOW, **options}
    )


def test_every_feed_arrives_exactly(
    settings: Settings, platform: Any, examples: Path, raw: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    report = land(settings, platform, examples)
    assert report.rows_quarantined == 0, raw("select * from raw.quarantine")
    assert {(batch.feed, batch.source_name): batch.rows_accepted for batch in report.batches} == {
        ("users", "open_platform.members"): 3,
        ("purchase_orders", "open_platform.purchase_orders"): 2,
        ("purchase_order_lines", "open_platform.purchase_order_items"): 1,
        ("forwarding_orders", "open_platform.parcels"): 1,
        ("forwarding_boxes", "open_platform.parcel_boxes"): 2,
        ("shipping_lines", "open_platform.routes"): 1,
        ("service_orders", "open_platform.service_orders"): 1,
        ("payments", "open_platform.channel_payments"): 3,
        ("payments", "open_platform.wallet_records"): 2,
        ("payments", "open_platform.supplement_bills"): 1,
        ("refunds", "open_platform.refunds"): 1,
    }
    kind = "mysql" if platform.kind == "mysql" else "postgres"
    assert raw("select distinct source_kind from raw.batches") == [(kind,)]
    assert raw(
        "select user_id, registered_at, country_code, gender, email, is_test, updated_at, is_deleted "
        "from raw.users order by user_id"
    ) == [
        ("1", "2026-01-04 23:30:00.000000", "US", "female", "anna@example.com", "false", at(1, 5), "false"),
        ("2", "2026-01-06 00:00:00.000000", "DE", "male", "bo@example.com", "true", at(1, 6), "false"),
        ("3", "2026-01-07 00:00:00.000000", None, "unknown", None, "false", at(2, 1), "true"),
    ]
    assert raw(
        "select order_id, platform, status, goods_cny, domestic_freight_cny, service_fee_cny, discount_cny, "
        "purchase_cost_cny, created_at, purchased_at, stored_at, updated_at, is_deleted "
        "from raw.purchase_orders order by order_id"
    ) == [
        (
            *("PO11", "taobao", "purchased", "100.5", "8", "5.03", "1", "98.70"),
            *("2026-01-09 18:00:00.000000", "2026-01-10 04:00:00.000000", None, "2026-01-10 04:00:00.250000"),
            "false",
        ),
        (
            *("PO12", "1688", "cancelled", "0.01", "0", "0", "0", None),
            *("2026-01-10 18:00:00.000000", None, None, "2026-01-11 04:00:00.000000", "true"),
        ),
    ]
    assert raw("select order_id, line_no, title, quantity, unit_price_cny from raw.purchase_order_lines") == [
        ("PO11", "1", "运动鞋 “跑”, 42", "2", "50.25")
    ]
    assert raw(
        "select status, freight_cny, surcharge_cny, service_cny, shipped_at, delivered_at "
        "from raw.forwarding_orders"
    ) == [("shipped", "256", "12.55", "3", "2026-01-20 05:00:00.000000", None)]
    assert raw(
        "select box_no, cast(actual_weight_g as double), cast(length_mm as double), carrier_cost_cny "
        "from raw.forwarding_boxes order by box_no"
    ) == [("1", 2345.0, 405.0, "210.5"), ("2", 500.0, None, None)]
    assert raw("select line_code, valid_from, first_fee_cny, updated_at from raw.shipping_lines") == [
        ("EMS-US", "2026-01-01", "120", "2026-10-30 04:00:00.000000")
    ]
    assert raw(
        "select payment_id, order_type, order_id, purpose, method, status, succeeded_at "
        "from raw.payments order by payment_id"
    ) == [
        ("P1", "purchase", "PO11", "order", "card", "succeeded", "2026-01-09 18:01:30.000000"),
        ("P2", None, None, "topup", "paypal", "succeeded", "2026-01-10 18:02:00.000000"),
        ("P3", "forwarding", "FP99", "order", "alipay", "failed", None),
        ("S1", "purchase", "PO11", "supplement", "alipay", "succeeded", "2026-01-13 03:00:00.000000"),
        ("W2", "forwarding", "FP21", "order", "wallet", "succeeded", "2026-01-20 03:00:00.000000"),
        ("W3", "forwarding", "FP21", "supplement", "wallet", "succeeded", "2026-01-21 03:00:00.000000"),
    ]
    assert raw(
        "select payment_id, currency_code, amount, amount_cny, fee_amount, bonus_cny "
        "from raw.payments order by payment_id"
    ) == [
        ("P1", "USD", "16.20", "112.53", "0.77", None),
        ("P2", "USD", "100.00", "698", "3.90", None),
        ("P3", "CNY", "5.00", "5", None, None),
        ("S1", "CNY", "19.99", "19.99", None, None),
        ("W2", "CNY", "271.55", "271.55", None, "10"),
        ("W3", "CNY", "2.05", "2.05", None, "0"),
    ]
    assert raw(
        "select refund_id, payment_id, component, destination, status, amount_cny, completed_at "
        "from raw.refunds"
    ) == [("RF1", "W2", "freight", "wallet", "completed", "12.3", "2026-01-25 02:05:00.000000")]


def at(month: int, day: int) -> str:
    return f"2026-{month:02}-{day:02} 00:00:00.000000"


def test_nothing_lands_twice(
    settings: Settings, platform: Any, examples: Path, raw: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    land(settings, platform, examples)
    again = land(settings, platform, examples)
    assert again.batches == ()
    assert len(again.notes) == 11
    assert raw("select count(*) from raw.batches") == [(11,)]


def test_only_changed_rows_land(
    settings: Settings, platform: Any, examples: Path, raw: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    """The transcript of a platform at work: landing, changes, landing."""
    land(settings, platform, examples)
    zone = "set time_zone = '+00:00';" if platform.kind == "mysql" else "set timezone = 'UTC';"
    platform.execute(
        zone + "update purchase_orders set status = 60, stored_at = '2026-02-02 10:00:00', "
        "updated_at = '2026-02-02 02:00:00' where order_no = 'PO11';"
        "insert into channel_payments (id, member_id, biz_type, biz_no, channel, currency, pay_amount, "
        "amount, status, created_at, paid_at, updated_at) "
        "values (4, 1, 3, 'SV31', 'wechat', 'CNY', 9.00, 900, 2, "
        "'2026-02-02 09:00:00', '2026-02-02 09:01:00', '2026-02-02 01:01:00');"
        "update routes set step_fee = 4700 where code = 'EMS-US';"
    )
    report = land(settings, platform, examples, landed_at=datetime(2026, 10, 31, tzinfo=UTC))
    assert [(batch.source_name, batch.rows_accepted) for batch in report.batches] == [
        ("open_platform.purchase_orders", 1),
        ("open_platform.routes", 1),
        ("open_platform.channel_payments", 1),
    ]
    assert raw(
        "select status, stored_at from raw.purchase_orders where order_id = 'PO11' order by _landing_seq"
    ) == [
        ("purchased", None),
        ("stored", "2026-02-02 02:00:00.000000"),
    ]
    assert raw("select step_fee_cny, updated_at from raw.shipping_lines order by _landing_seq") == [
        ("45", "2026-10-30 04:00:00.000000"),
        ("47", "2026-10-31 00:00:00.000000"),
    ]
    assert land(settings, platform, examples).batches == ()


def test_only_changed_rows_leave_the_server(settings: Settings, platform: Any, examples: Path) -> None:
    land(settings, platform, examples)
    mark = platform.mark
    land(settings, platform, examples)
    asked = platform.queries_since(mark)
    # members: the highest updated_at is 2026-02-01 00:00 UTC; parcel_boxes 2026-01-20 05:00.
    assert ">= '2026-01-31 23:50:00'" in asked
    assert ">= '2026-01-20 04:50:00'" in asked
    assert "record_type = 'pay'" in asked
    # Only mapped columns are asked for.
    assert "deleted_at" in asked
    assert "select *" not in asked


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_figures_follow_the_database(
    platform: Any, examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Landing, increment, a change in the database, landing, increment."""
    home = tmp_path / "home"
    land_command = ["land", platform.url, "--mapping", str(examples / "open_platform.toml")]
    increment_command = ["increment", "--as-of", "2026-02-05T00:00:00Z"]

    def run(command: list[str]) -> str:
        assert main(["--home", str(home), *command]) == 0
        return capsys.readouterr().out

    def paid() -> list[tuple[Any, ...]]:
        with duckdb.connect(str(home / "published" / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(
                "select business_date, business_type, gross_paid_cny, refund_cny, paid_order_count "
                "from marts.core_daily where business_type <> 'all' "
                "and (gross_paid_cny <> 0 or refund_cny <> 0) order by all"
            ).fetchall()

    run(land_command)
    run(increment_command)
    before = [
        (date(2026, 1, 10), "purchase", Decimal("112.53"), Decimal("0.00"), 1),
        (date(2026, 1, 13), "purchase", Decimal("19.99"), Decimal("0.00"), 0),
        (date(2026, 1, 20), "forwarding", Decimal("268.55"), Decimal("0.00"), 1),
        (date(2026, 1, 20), "service", Decimal("3.00"), Decimal("0.00"), 1),
        (date(2026, 1, 21), "forwarding", Decimal("2.05"), Decimal("0.00"), 0),
        (date(2026, 1, 25), "forwarding", Decimal("0.00"), Decimal("12.30"), 0),
    ]
    assert paid() == before
    zone = "set time_zone = '+00:00';" if platform.kind == "mysql" else "set timezone = 'UTC';"
    platform.execute(
        f"{zone} insert into wallet_records (id, member_id, record_type, biz_type, biz_no, change_amount, "
        "created_at, updated_at) values (4, 1, 'pay', 3, 'SV31', -900, '2026-02-02 09:00:00', "
        "'2026-02-02 01:00:00');"
    )
    assert "payments/open_platform.wallet_records: 1 rows landed" in run(land_command)
    run(increment_command)
    assert paid() == [*before, (date(2026, 2, 2), "service", Decimal("9.00"), Decimal("0.00"), 1)]


def test_keys_that_are_gone_become_deleted_versions(
    settings: Settings, platform: Any, examples: Path, raw: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    land(settings, platform, examples)
    platform.execute("delete from channel_payments where id = 3; delete from parcel_boxes where box_no = 2;")
    report = land(settings, platform, examples, find_deleted=True)
    assert [(batch.source_name, batch.rows_accepted) for batch in report.batches] == [
        ("open_platform.parcel_boxes", 1),
        ("open_platform.channel_payments", 1),
    ]
    assert raw(
        "select payment_id, status, amount_cny, is_deleted, updated_at from raw.payments "
        "where payment_id = 'P3' order by _landing_seq"
    ) == [
        ("P3", "failed", "5", None, "2026-01-11 18:02:00.000000"),
        ("P3", "failed", "5", "true", "2026-10-30 04:00:00.000000"),
    ]
    assert raw("select order_id, box_no from raw.forwarding_boxes where is_deleted = 'true'") == [
        ("FP21", "2")
    ]
    assert land(settings, platform, examples, find_deleted=True).batches == ()
