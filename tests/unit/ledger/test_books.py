"""The ledger's tables, against small books computed by hand from docs/contract.md."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.properties.rows import make_row
from tests.support.ledger import Ledger, LedgerSettings, differences

SHANGHAI = ZoneInfo("Asia/Shanghai")


def cny(text: str) -> Decimal:
    return Decimal(text)


def books(
    *rows: tuple[str, dict], as_of: str = "2026-03-15 12:00:00", settings: LedgerSettings | None = None
) -> Ledger:
    """The ledger of rows given as (feed, values that differ from the plain row)."""
    raw: dict[str, list] = {}
    for feed, values in rows:
        raw.setdefault(feed, []).append(make_row(feed, **values))
    return Ledger(raw, datetime.fromisoformat(as_of).replace(tzinfo=SHANGHAI), settings)


def paying(payment_id: str, day: str, amount: str, **values: str) -> tuple[str, dict]:
    """A payment of purchase order p1 at noon of a business date."""
    plain = {
        "payment_id": payment_id,
        "order_type": "purchase",
        "order_id": "p1",
        "succeeded_at": f"{day} 12:00:00",
        "amount": amount,
    }
    return "payments", plain | values


def refunding(refund_id: str, day: str, amount: str, **values: str) -> tuple[str, dict]:
    return "refunds", {
        "refund_id": refund_id,
        "completed_at": f"{day} 12:00:00",
        "amount_cny": amount,
    } | values


def cells(row: dict[str, Any], *columns: str) -> tuple:
    return tuple(row[column] for column in columns)


ORDER = ("purchase_orders", {"goods_cny": "80", "domestic_freight_cny": "10", "service_fee_cny": "10"})
MONEY = ("gross_paid_cny", "refund_cny", "chargeback_cny", "net_revenue_cny")
PEOPLE = ("paying_user_count", "new_user_count", "returning_user_count")


def test_core_daily_of_an_order_paid_in_two_parts_and_refunded() -> None:
    core = books(
        ("users", {}),
        ORDER,
        paying("y1", "2026-03-10", "60"),
        paying("y2", "2026-03-12", "50"),
        refunding("r1", "2026-03-13", "15", payment_id="y2"),
        refunding("r2", "2026-03-14", "5", payment_id="y2", is_chargeback="true"),
    ).core_daily()
    assert len(core) == 6 * 4
    for business_type in ("purchase", "all"):
        day = {number: core[date(2026, 3, number), business_type] for number in range(10, 16)}
        assert cells(day[10], *MONEY, "paid_order_count", *PEOPLE) == (60, 0, 0, 60, 0, 1, 1, 0)
        assert cells(day[12], *MONEY, "paid_order_count", *PEOPLE) == (50, 0, 0, 50, 1, 1, 0, 1)
        assert cells(day[13], *MONEY, "paid_order_count", *PEOPLE) == (0, 15, 0, -15, 0, 0, 0, 0)
        assert cells(day[14], *MONEY) == (0, 0, 5, -5)
        assert cells(day[15], *MONEY, "paid_order_count", *PEOPLE) == (0,) * 8
    assert cells(core[date(2026, 3, 10), "service"], *MONEY, *PEOPLE) == (0,) * 7


def test_orders_daily_shows_components_paid_supplement_and_quantity() -> None:
    table = books(
        ("users", {"country_code": "us", "acquisition_channel": "search"}),
        ORDER,
        ("purchase_order_lines", {"quantity": "2"}),
        ("purchase_order_lines", {"line_no": "2", "quantity": "3"}),
        paying("y1", "2026-03-10", "85"),
        paying("y2", "2026-03-12", "20"),
        paying("y3", "2026-03-12", "7", purpose="supplement"),
    ).orders_daily()
    place = ("taobao", "US", "search")
    columns = (
        "paid_order_count",
        "item_quantity",
        "goods_cny",
        "domestic_freight_cny",
        "service_fee_cny",
        "supplement_cny",
    )
    assert cells(table[date(2026, 3, 10), *place], *columns) == (0, 0, 80, 5, 0, 0)
    assert cells(table[date(2026, 3, 12), *place], *columns) == (1, 5, 0, 5, 10, 12)


def test_payment_is_dated_in_shanghai() -> None:
    core = books(
        ORDER,
        paying("y1", "2026-03-10", "1", succeeded_at="2026-03-10T15:59:59Z"),
        paying("y2", "2026-03-10", "2", succeeded_at="2026-03-10T16:00:00Z"),
    ).core_daily()
    assert core[date(2026, 3, 10), "all"]["gross_paid_cny"] == 1
    assert core[date(2026, 3, 11), "all"]["gross_paid_cny"] == 2


@pytest.mark.parametrize(
    "change",
    [
        paying("y1", "2026-03-10", "60", status="failed"),
        paying("y1", "2026-03-10", "60", is_test="true"),
        paying("y1", "2026-03-10", "60", is_deleted="true"),
        paying("y1", "2026-03-10", "60", purpose="topup"),
        paying("y1", "2026-03-15", "60"),
        paying("y1", "2026-03-10", "60", currency_code="USD"),
        ("users", {"is_test": "1"}),
        ("users", {"is_test": "1", "is_deleted": "1"}),
        ("purchase_orders", {"is_test": "1"}),
    ],
)
def test_payment_that_does_not_count(change: tuple[str, dict]) -> None:
    rows = [
        ("users", {}),
        ORDER,
        paying("y1", "2026-03-10", "60"),
        refunding("r1", "2026-03-11", "5"),
        change,
    ]
    ledger = books(*rows)
    assert ledger.movements == []
    assert ledger.core_daily() == {}


def test_payment_waits_unallocated_for_its_order_and_returns_when_the_order_is_deleted() -> None:
    payment, back = paying("y1", "2026-03-10", "100"), refunding("r1", "2026-03-11", "5", component="goods")
    waiting = books(payment, back)
    assert [(one.component, one.amount_cny) for one in waiting.movements] == [
        ("unallocated", 100),
        ("unallocated", -5),
    ]
    assert waiting.orders_daily()[date(2026, 3, 10), "unknown", "ZZ", "unknown"]["gross_paid_cny"] == 100
    arrived = books(payment, back, ORDER)
    assert [one.component for one in arrived.movements] == [
        "goods",
        "domestic_freight",
        "service_fee",
        "goods",
    ]
    deleted = ("purchase_orders", {"is_deleted": "1"})
    assert books(payment, back, ORDER, deleted).movements == waiting.movements


@pytest.mark.parametrize(
    ("values", "paid_date"),
    [
        ({"goods_cny": "0"}, date(2026, 1, 10)),
        ({"goods_cny": "5", "discount_cny": "5.01"}, date(2026, 1, 10)),
        ({"goods_cny": "0", "status": "cancelled"}, None),
        # Not cancelled yet at the as-of.
        ({"goods_cny": "0", "status": "cancelled", "cancelled_at": "2026-03-15 12:00:00"}, date(2026, 1, 10)),
        ({"goods_cny": "60"}, date(2026, 3, 10)),
        ({"goods_cny": "60.01"}, date(2026, 3, 12)),
        ({"goods_cny": "70.01"}, None),
        ({"goods_cny": "60", "status": "cancelled"}, date(2026, 3, 10)),
    ],
)
def test_order_is_paid_when_its_order_payments_reach_the_amount_due(values: dict, paid_date: date) -> None:
    paid = books(
        ("purchase_orders", values),
        paying("y1", "2026-03-10", "60"),
        paying("y2", "2026-03-11", "500", purpose="supplement"),
        paying("y3", "2026-03-12", "10"),
    ).paid_orders
    assert [one.paid_date for one in paid] == ([] if paid_date is None else [paid_date])


def test_bundled_service_is_of_type_service() -> None:
    ledger = books(
        ("users", {}),
        ("forwarding_orders", {"freight_cny": "50", "service_cny": "20"}),
        paying("y1", "2026-03-10", "60", order_type="forwarding", order_id="f1"),
        paying("y2", "2026-03-11", "10", order_type="forwarding", order_id="f1"),
        refunding("r1", "2026-03-12", "4", payment_id="y2"),
    )
    core = ledger.core_daily()
    first, second = date(2026, 3, 10), date(2026, 3, 11)
    assert cells(core[first, "forwarding"], "gross_paid_cny", "paid_order_count", *PEOPLE) == (50, 0, 1, 1, 0)
    assert cells(core[first, "service"], "gross_paid_cny", "paid_order_count", *PEOPLE) == (10, 0, 1, 1, 0)
    assert cells(core[second, "forwarding"], "gross_paid_cny", "paid_order_count", *PEOPLE) == (0, 1, 0, 0, 0)
    assert cells(core[second, "service"], "gross_paid_cny", "paid_order_count", *PEOPLE) == (10, 1, 1, 0, 1)
    # One order, although it is counted by two types.
    assert cells(core[second, "all"], "gross_paid_cny", "paid_order_count", *PEOPLE) == (10, 1, 1, 0, 1)
    services = ledger.services_daily()
    assert cells(services[second, "parcel_bundle"], "paid_order_count", *MONEY) == (1, 10, 0, 0, 10)
    assert cells(services[date(2026, 3, 12), "parcel_bundle"], "paid_order_count", *MONEY) == (0, 0, 4, 0, -4)


def test_order_types_with_the_same_id_are_different_orders() -> None:
    ledger = books(
        ("purchase_orders", {"order_id": "7"}),
        ("service_orders", {"order_id": "7", "fee_cny": "10"}),
        paying("y1", "2026-03-10", "10", order_type="service", order_id="7"),
    )
    assert [paid.order.key for paid in ledger.paid_orders] == [("service", "7")]


def test_refund_of_a_failed_payment_is_quarantined_and_of_a_missing_one_waits() -> None:
    ledger = books(
        ORDER,
        paying("y1", "2026-03-10", "10", status="failed"),
        refunding("r1", "2026-03-11", "1"),
        refunding("r2", "2026-03-11", "1", payment_id="y9"),
        refunding("r3", "2026-03-11", "1", status="approved"),
    )
    assert ledger.quarantined_refund_ids == {"r1"}
    assert ledger.movements == []


def test_orders_refunds_daily_splits_a_refund_over_its_components() -> None:
    table = books(
        ORDER,
        paying("y1", "2026-03-10", "100"),
        refunding("r1", "2026-03-11", "15", reason="broken", destination="wallet"),
        refunding("r2", "2026-03-11", "5", destination="original"),
        refunding("r3", "2026-03-11", "1", is_chargeback="1"),
    ).orders_refunds_daily()
    day = date(2026, 3, 11)
    assert {key[2:]: cells(row, "refund_count", "refund_cny") for key, row in table.items()} == {
        ("service_fee", "broken", "wallet"): (1, 10),
        ("domestic_freight", "broken", "wallet"): (1, 5),
        ("domestic_freight", "unknown", "original"): (1, 5),
    }
    assert all(key[:2] == (day, "purchase") for key in table)


def usd(day: str, value: str, **values: str) -> tuple[str, dict]:
    return "fx_rates", {"rate_date": day, "quote_value": value} | values


def test_payment_without_amount_cny_is_worth_the_rate_of_its_business_date() -> None:
    payment = paying("y1", "2026-03-10", "10", currency_code="USD")
    before = books(payment, usd("2026-03-09", "7.1"))
    assert before.payments[0].amount_cny == 71
    assert before.rates.is_provisional("USD", date(2026, 3, 10))
    after = books(payment, usd("2026-03-09", "7.1"), usd("2026-03-10", "7.1005"))
    assert after.payments[0].amount_cny == cny("71.01")
    assert not after.rates.is_provisional("USD", date(2026, 3, 10))


def test_fx_of_two_payments_one_settled_in_two_lines() -> None:
    table = books(
        paying(
            "y1",
            "2026-03-10",
            "100",
            currency_code="USD",
            amount_cny="715",
            fee_amount="3",
            provider_txn_id="n1",
        ),
        paying("y2", "2026-03-11", "10", currency_code="USD", provider_txn_id="n1"),
        usd("2026-03-10", "7.0"),
        usd("2026-03-11", "7.2"),
        usd("2026-03-13", "6.9"),
        ("settlements", {"settlement_id": "t1", "settled_at": "2026-03-12 09:00:00", "net_cny": "600"}),
        ("settlements", {"settlement_id": "t2", "settled_at": "2026-03-14 09:00:00", "net_cny": "80.50"}),
        (
            "settlements",
            {"settlement_id": "t3", "settled_at": "2026-03-12 09:00:00", "net_cny": "-3", "type": "fee"},
        ),
    ).core_fx_daily()
    columns = tuple(next(iter(table.values())))[2:]
    assert columns == (
        *("paid_amount", "amount_cny", "booked_cny", "margin_cny", "fee_cny", "settled_cny", "realised_cny"),
        *("open_amount", "open_cny", "unrealised_cny", "untracked_cny", "open_over_30d_cny"),
    )
    # y1: booked 700, margin 700 - 715, fee 21, carrying 679, realised 680.50 - 679. y2: booked, carrying 72.
    assert {key[0].day: cells(row, *columns) for key, row in table.items()} == {
        10: (100, 715, 700, -15, 21, 0, 0, 97, 679, 0, 0, 0),
        11: (10, 72, 72, 0, 0, 0, 0, 107, cny("770.40"), cny("19.40"), 0, 0),
        12: (0, 0, 0, 0, 0, cny("680.50"), cny("1.50"), 10, 72, 0, 0, 0),
        13: (0, 0, 0, 0, 0, 0, 0, 10, 69, -3, 0, 0),
        14: (0, 0, 0, 0, 0, 0, 0, 10, 69, -3, 0, 0),
        15: (0, 0, 0, 0, 0, 0, 0, 10, 69, -3, 0, 0),
    }
    # Identity (R14): 787 - 15 - 21 + 1.50 - 3 = 680.50 + 69.
    assert 787 - 15 - 21 + cny("1.50") - 3 == cny("680.50") + 69


def test_fx_without_a_rate_is_unknown_not_zero() -> None:
    table = books(
        paying("y1", "2026-03-10", "100", currency_code="USD", amount_cny="715", provider_txn_id="n1"),
        usd("2026-03-11", "7.2"),
        ("settlements", {"settled_at": "2026-03-09 09:00:00", "net_cny": "690"}),
        as_of="2026-03-11 12:00:00",
    ).core_fx_daily()
    row = table[date(2026, 3, 10), "USD"]
    assert cells(row, "paid_amount", "amount_cny", "booked_cny", "margin_cny", "fee_cny") == (
        100,
        715,
        None,
        None,
        None,
    )
    # Settled before it was paid: dated by the payment.
    assert cells(row, "settled_cny", "realised_cny", "open_amount", "open_cny") == (690, None, 0, 0)


def test_fx_lines_that_name_a_payment_and_payments_that_no_line_finds() -> None:
    table = books(
        paying("y1", "2026-03-10", "10", currency_code="USD", provider_txn_id="n1"),
        paying("y2", "2026-03-10", "20", currency_code="USD", provider_txn_id="n1"),
        paying("y3", "2026-03-10", "1", currency_code="USD"),
        paying("y4", "2026-03-10", "2", currency_code="USD", fee_amount="0.5"),
        usd("2026-03-10", "7.0"),
        (
            "settlements",
            {
                "settlement_id": "t1",
                "payment_id": "y2",
                "settled_at": "2026-03-11 09:00:00",
                "net_cny": "139",
            },
        ),
        (
            "settlements",
            {
                "settlement_id": "t2",
                "provider_txn_id": None,
                "payment_id": "y3",
                "settled_at": "2026-03-11 09:00:00",
                "net_cny": "6",
            },
        ),
        as_of="2026-04-12 12:00:00",
    ).core_fx_daily()
    columns = ("realised_cny", "open_amount", "untracked_cny", "open_over_30d_cny")
    # y1 waits for its transaction's line; y4 can never be matched: carrying 14 - 3.50.
    assert cells(table[date(2026, 3, 10), "USD"], *columns) == (0, 31, cny("10.50"), 0)
    assert cells(table[date(2026, 3, 11), "USD"], *columns) == (-2, 10, 0, 0)
    assert cells(table[date(2026, 4, 9), "USD"], *columns) == (0, 10, 0, 0)
    assert cells(table[date(2026, 4, 10), "USD"], *columns) == (0, 10, 0, 70)


def test_core_hourly_is_dense_to_the_last_hour_that_has_begun() -> None:
    of_parcel = {"order_type": "forwarding", "order_id": "f1"}
    table = books(
        ("forwarding_orders", {"freight_cny": "90", "service_cny": "10"}),
        paying("y0", "2026-01-10", "1"),
        paying("y1", "2026-03-15", "60", **of_parcel, succeeded_at="2026-03-15 00:00:00"),
        paying("y2", "2026-03-15", "40", **of_parcel, succeeded_at="2026-03-15 11:59:59.999999"),
        refunding("r1", "2026-03-15", "2", payment_id="y1", completed_at="2026-03-15 00:59:59"),
        as_of="2026-03-15 12:00:00",
    ).core_hourly()
    day = date(2026, 3, 15)
    assert (min(table)[:2], max(table)[:2]) == ((date(2026, 2, 9), 0), (day, 11))
    assert len(table) == (34 * 24 + 12) * 4
    counts = ("paid_order_count", "paying_user_count")
    assert cells(table[day, 0, "all"], *MONEY, *counts) == (60, 2, 0, 58, 0, 1)
    # The parcel order bills a service: one order of each type, and one of `all`.
    assert cells(table[day, 11, "forwarding"], "gross_paid_cny", *counts) == (30, 1, 1)
    assert cells(table[day, 11, "service"], "gross_paid_cny", *counts) == (10, 1, 1)
    assert cells(table[day, 11, "all"], "gross_paid_cny", *counts) == (40, 1, 1)
    assert cells(table[day, 10, "all"], *MONEY, *counts) == (0,) * 6


def test_core_hourly_at_midnight_has_no_hour_of_the_new_date() -> None:
    paid = paying("y1", "2026-03-14", "1")
    table = books(paid, as_of="2026-03-15 00:00:00").core_hourly()
    assert (min(table)[:2], max(table)[:2]) == ((date(2026, 3, 14), 0), (date(2026, 3, 14), 23))
    assert books(as_of="2026-03-15 00:00:00").core_hourly() == {}


def test_core_display_daily_converts_each_stored_figure() -> None:
    settings = LedgerSettings(display_currencies=("USD", "EUR", "CNY"), stale_rate_days=2)
    table = books(
        ORDER,
        paying("y1", "2026-03-10", "0.07"),
        refunding("r1", "2026-03-10", "0.05"),
        refunding("r2", "2026-03-10", "0.01", is_chargeback="1"),
        usd("2026-03-10", "2"),
        as_of="2026-03-13 12:00:00",
        settings=settings,
    ).core_display_daily()
    columns = ("gross_paid", "refund", "chargeback", "net_revenue", "rate_cny", "rate_date")
    flags = ("is_rate_provisional", "is_rate_stale")
    day = date(2026, 3, 10)
    # Net 0.01 is converted by itself: 0.04 - 0.03 - 0.01 would be 0.
    assert cells(table[day, "all", "USD"], *columns, *flags) == (
        *(cny("0.04"), cny("0.03"), cny("0.01"), cny("0.01"), 2, day),
        *(False, False),
    )
    assert cells(table[day, "all", "EUR"], *columns, *flags) == (*(None,) * 6, True, False)
    assert cells(table[day, "all", "CNY"], *columns, *flags) == (
        *(cny("0.07"), cny("0.05"), cny("0.01"), cny("0.01"), 1, day),
        *(False, False),
    )
    carried = [cells(table[date(2026, 3, n), "service", "USD"], "rate_date", *flags) for n in (12, 13)]
    assert carried == [(day, True, False), (day, True, True)]


def test_core_display_daily_awaits_no_rate_before_the_first() -> None:
    table = books(paying("y1", "2026-03-10", "1"), usd("2026-03-11", "7")).core_display_daily()
    row = table[date(2026, 3, 10), "all", "USD"]
    assert cells(row, "gross_paid", "rate_cny", "is_rate_provisional") == (None, None, False)


def test_core_payments_daily_dates_everything_by_initiation() -> None:
    begun = {"initiated_at": "2026-03-01 12:00:00"}
    topup = begun | {"purpose": "topup", "order_type": "", "order_id": ""}
    table = books(
        ORDER,
        usd("2026-03-10", "7"),
        paying("y1", "2026-03-10", "10", **begun, currency_code="USD"),
        paying("y2", "2026-03-10", "10", **begun, currency_code="USD", status="failed", succeeded_at=""),
        paying("y3", "2026-03-10", "10", **begun, currency_code="USD", status="expired", succeeded_at=""),
        paying("y4", "2026-03-10", "20", **topup, currency_code="USD"),
        paying("y5", "2026-03-15", "20", **topup, currency_code="USD", succeeded_at="2026-03-15 12:00:00"),
        paying("y6", "2026-03-10", "10", **begun, currency_code="USD", is_test="1"),
        paying("y7", "2026-03-10", "10", **begun, currency_code="USD", is_deleted="1"),
        paying("y8", "2026-03-10", "10", initiated_at="2026-03-15 12:00:00"),
        paying("y9", "2026-03-10", "10", **begun, currency_code="KWD"),
    ).core_payments_daily()
    counts = ("initiated_count", "succeeded_count", "failed_count", "expired_count", "succeeded_ratio")
    day = date(2026, 3, 1)
    assert set(table) == {(day, "card", "USD"), (day, "card", "KWD")}
    assert cells(table[day, "card", "USD"], *counts) == (5, 3, 1, 1, Fraction(3, 5))
    assert cells(table[day, "card", "USD"], "amount_cny", "topup_cny") == (70, 140)
    assert cells(table[day, "card", "KWD"], *counts, "amount_cny") == (1, 1, 0, 0, 1, 0)


def test_users_monthly_counts_people_and_orders_of_a_month_once() -> None:
    of_parcel = {"order_type": "forwarding", "order_id": "f1"}
    table = books(
        ORDER,
        ("forwarding_orders", {"freight_cny": "90", "service_cny": "10"}),
        ("users", {"user_id": "u1", "country_code": "US", "acquisition_channel": "search"}),
        paying("y1", "2026-02-10", "100"),
        paying("y2", "2026-03-10", "100", **of_parcel),
        paying("y3", "2026-03-11", "5", user_id="u2"),
        refunding("r1", "2026-03-12", "30"),
    ).users_monthly()
    people = ("paying_user_count", "new_user_count", "returning_user_count", "paid_order_count")
    money = ("gross_paid_cny", "net_revenue_cny")
    of_u1, of_u2 = ("US", "search", "unknown"), ("ZZ", "unknown", "unknown")
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    assert cells(table[february, "all", *of_u1], *people, *money) == (1, 1, 0, 1, 100, 100)
    # In March u1 is new to parcels and services, but returns over all; the parcel order is one order.
    assert cells(table[march, "forwarding", *of_u1], *people, *money) == (1, 1, 0, 1, 90, 90)
    assert cells(table[march, "service", *of_u1], *people, *money) == (1, 1, 0, 1, 10, 10)
    assert cells(table[march, "all", *of_u1], *people, *money) == (1, 0, 1, 1, 100, 70)
    # Only refunded: a row without a payer.
    assert cells(table[march, "purchase", *of_u1], *people, *money) == (0, 0, 0, 0, 0, -30)
    assert cells(table[march, "all", *of_u2], *people, *money) == (1, 1, 0, 0, 5, 5)


def test_new_and_returning_by_type_and_for_all() -> None:
    core = books(
        ("purchase_orders", {"goods_cny": "100"}),
        ("service_orders", {}),
        paying("y1", "2026-03-10", "100"),
        paying("y2", "2026-03-11", "10", order_type="service", order_id="s1"),
        refunding("r1", "2026-03-10", "100"),
    ).core_daily()
    assert cells(core[date(2026, 3, 11), "service"], *PEOPLE) == (1, 1, 0)
    assert cells(core[date(2026, 3, 11), "all"], *PEOPLE) == (1, 0, 1)


def test_core_periods_compare_the_same_elapsed_time() -> None:
    # As-of Sunday 15 March, noon: this week from Monday 9, before it from Monday 2 to Sunday 8, noon.
    periods = books(
        ORDER,
        paying("y1", "2026-02-14", "1"),
        paying("y2", "2026-02-16", "2"),
        paying("y3", "2026-03-07", "4"),
        paying("y4", "2026-03-08", "8"),
        paying("y5", "2026-03-08", "16", succeeded_at="2026-03-08 11:59:59"),
        paying("y6", "2026-03-13", "32"),
        paying("y7", "2026-03-14", "64"),
        paying("y8", "2026-03-15", "128", succeeded_at="2026-03-15 11:00:00"),
    ).core_periods()
    columns = ("period_start_date", "period_end_date", "gross_paid_cny", "previous_gross_paid_cny")
    assert {key[0]: cells(row, *columns) for key, row in periods.items() if key[1] == "all"} == {
        "today": (date(2026, 3, 15), date(2026, 3, 15), 128, 0),
        "yesterday": (date(2026, 3, 14), date(2026, 3, 14), 64, 32),
        "this_week": (date(2026, 3, 9), date(2026, 3, 15), 224, 20),
        "this_month": (date(2026, 3, 1), date(2026, 3, 15), 252, 1),
    }
    assert cells(periods["this_month", "all"], *PEOPLE) == (1, 0, 1)
    assert periods["today", "all"]["as_of_at"] == datetime(2026, 3, 15, 4)


def test_previous_month_ends_with_itself() -> None:
    periods = books(
        paying("y1", "2026-02-28", "1"),
        paying("y2", "2026-03-01", "2"),
        as_of="2026-03-31 12:00:00",
    ).core_periods()
    assert cells(periods["this_month", "all"], "gross_paid_cny", "previous_gross_paid_cny") == (2, 1)


def test_forwarding_daily_uses_the_line_version_of_the_orders_creation() -> None:
    table = books(
        ("users", {"country_code": "DE"}),
        ("shipping_lines", {"channel": "EMS", "step_weight_g": "500"}),
        ("shipping_lines", {"channel": "DHL", "valid_from": "2026-01-11", "step_weight_g": "1000"}),
        ("forwarding_orders", {"created_at": "2026-01-10 23:59:59"}),
        ("forwarding_boxes", {"actual_weight_g": "1100", "carrier_cost_cny": "30"}),
        ("forwarding_boxes", {"box_no": "2", "actual_weight_g": "400"}),
        paying("y1", "2026-03-10", "100", order_type="forwarding", order_id="f1"),
    ).forwarding_daily()
    assert set(table) == {(date(2026, 3, 10), "GZ", "L1", "EMS", "US")}
    (row,) = table.values()
    columns = ("paid_order_count", "box_count", "actual_weight_g", "chargeable_weight_g", "carrier_cost_cny")
    assert cells(row, *columns, "freight_cny") == (1, 2, 1500, 2000, 30, 100)


def test_margin_is_of_the_orders_whose_boxes_all_have_a_known_cost() -> None:
    table = books(
        ("forwarding_orders", {"service_cny": "20"}),
        ("forwarding_orders", {"order_id": "f2"}),
        ("forwarding_orders", {"order_id": "f3", "warehouse_code": "SH"}),
        ("forwarding_boxes", {"carrier_cost_cny": "30"}),
        ("forwarding_boxes", {"box_no": "2", "carrier_cost_cny": "40"}),
        ("forwarding_boxes", {"order_id": "f2", "carrier_cost_cny": "1"}),
        ("forwarding_boxes", {"order_id": "f2", "box_no": "2"}),
        paying("y1", "2026-03-10", "120", order_type="forwarding", order_id="f1"),
        paying("y2", "2026-03-10", "100", order_type="forwarding", order_id="f2"),
        paying("y3", "2026-03-10", "100", order_type="forwarding", order_id="f3"),
        paying("y4", "2026-03-12", "5", order_type="forwarding", order_id="f1", purpose="supplement"),
        refunding("r1", "2026-03-13", "8", component="freight"),
        refunding("r2", "2026-03-13", "20", component="service"),
    ).forwarding_daily()
    columns = ("box_count", "carrier_cost_known_box_count", "carrier_cost_cny", "freight_margin_cny")
    # Freight 100, supplement 5, refund 8, costs 70; the service is not forwarding.
    guangzhou = table[date(2026, 3, 10), "GZ", "L1", "unknown", "US"]
    assert cells(guangzhou, *columns) == (4, 3, 71, 27)
    assert cells(table[date(2026, 3, 10), "SH", "L1", "unknown", "US"], *columns) == (0, 0, None, None)
    assert cells(table[date(2026, 3, 12), "GZ", "L1", "unknown", "US"], *columns) == (0, 0, None, None)


def test_a_parcel_whose_order_has_not_arrived_goes_nowhere_yet() -> None:
    table = books(paying("y1", "2026-03-10", "10", order_type="forwarding", order_id="f9")).forwarding_daily()
    assert set(table) == {(date(2026, 3, 10), "unknown", "unknown", "unknown", "ZZ")}


def test_routes_shares_and_transit() -> None:
    ledger = books(
        ("shipping_lines", {"promised_days": "5"}),
        (
            "forwarding_orders",
            {
                "shipped_at": "2026-03-11 12:00:00",
                "delivered_at": "2026-03-14 00:00:00",
                "status": "delivered",
            },
        ),
        ("forwarding_orders", {"order_id": "f2", "shipped_at": "2026-03-11 18:00:00", "status": "lost"}),
        ("forwarding_orders", {"order_id": "f3", "line_code": "L2"}),
        ("forwarding_boxes", {"actual_weight_g": "2500"}),
        paying("y1", "2026-03-10", "150", order_type="forwarding", order_id="f1"),
        paying("y2", "2026-03-10", "50", order_type="forwarding", order_id="f3"),
    )
    routes = ledger.forwarding_routes()
    assert cells(routes["GZ", "US", "L1"], "rank", "freight_per_kg_cny") == (1, 40)
    assert cells(routes["GZ", "US", "L2"], "rank", "freight_per_kg_cny") == (2, None)
    shares = ledger.forwarding_channel_share_daily()
    columns = ("paid_order_count_share", "chargeable_weight_g_share", "gross_paid_cny_share")
    assert cells(shares[date(2026, 3, 10), "EMS"], *columns) == (1, 1, Fraction(3, 4))
    assert cells(shares[date(2026, 3, 10), "unknown"], *columns) == (0, 0, Fraction(1, 4))
    (row,) = ledger.forwarding_transit_daily().values()
    transit = (
        "shipped_count",
        "delivered_count",
        "on_time_count",
        "on_time_ratio",
        "lost_count",
        "transit_days_p50",
        "is_mature",
    )
    assert cells(row, *transit) == (2, 1, 1, 1, 1, Fraction(5, 2), False)


def test_orders_cohort_daily_puts_everything_on_the_paid_date() -> None:
    table = books(
        (
            "purchase_orders",
            {
                "purchased_at": "2026-02-01 15:00:00",
                "stored_at": "2026-02-03 12:00:00",
                "completed_at": "2026-03-01 00:00:00",
                "purchase_cost_cny": "70",
            },
        ),
        ("purchase_orders", {"order_id": "p2", "goods_cny": "50", "purchased_at": "2026-02-01 17:00:00"}),
        ("purchase_orders", {"order_id": "p3", "goods_cny": "50"}),
        paying("y1", "2026-02-01", "100"),
        paying("y2", "2026-02-01", "50", order_id="p2"),
        paying("y3", "2026-02-01", "49", order_id="p3"),
        refunding("r1", "2026-03-01", "100"),
        refunding("r2", "2026-03-02", "50", payment_id="y2", is_chargeback="1"),
        as_of="2026-03-04 00:00:00",
    ).orders_cohort_daily()
    (row,) = table.values()
    counts = (
        "paid_order_count",
        "completed_order_count",
        "refunded_order_count",
        "fully_refunded_order_count",
    )
    assert cells(row, *counts, "cancelled_order_count") == (2, 1, 1, 1, 0)
    assert cells(row, "gross_paid_cny", "refund_cny", "chargeback_cny") == (150, 100, 50)
    assert cells(row, "purchase_cost_cny", "purchase_margin_cny") == (70, -70)
    assert cells(row, "hours_to_purchase_p50", "hours_to_purchase_p90") == (4, Fraction(48, 10))
    assert cells(row, "hours_to_store_p50", "is_mature") == (48, True)


def test_orders_conversion_daily_bounds_are_exclusive() -> None:
    table = books(
        ("purchase_orders", {"created_at": "2026-03-10 12:00:00"}),
        ("purchase_orders", {"order_id": "p2", "created_at": "2026-03-10 12:00:01"}),
        ("purchase_orders", {"order_id": "p3", "created_at": "2026-03-10 12:00:00"}),
        paying("y1", "2026-03-11", "100"),
        paying("y2", "2026-03-11", "100", order_id="p2"),
        as_of="2026-03-14 00:00:00",
    ).orders_conversion_daily()
    (row,) = table.values()
    counts = ("created_order_count", "paid_24h_count", "paid_72h_count", "paid_count")
    assert cells(row, *counts, "paid_72h_ratio", "is_mature") == (3, 1, 2, 2, Fraction(2, 3), True)


def test_users_daily_windows_hold_distinct_payers() -> None:
    table = books(
        ("users", {"registered_at": "2026-02-01 12:00:00"}),
        ("users", {"user_id": "u2", "registered_at": "2026-02-02 12:00:00", "is_test": "1"}),
        paying("y1", "2026-02-02", "1"),
        paying("y2", "2026-02-08", "1"),
        paying("y3", "2026-02-08", "1", user_id="u9"),
    ).users_daily()
    assert min(table) == (date(2026, 2, 1),)
    columns = ("registered_user_count", *PEOPLE, "active_buyers_7d", "active_buyers_30d")
    assert cells(table[date(2026, 2, 1),], *columns) == (1, 0, 0, 0, 0, 0)
    assert cells(table[date(2026, 2, 2),], *columns) == (0, 1, 1, 0, 1, 1)
    assert cells(table[date(2026, 2, 8),], *columns) == (0, 2, 1, 1, 2, 2)
    assert cells(table[date(2026, 2, 14),], *columns) == (0, 0, 0, 0, 2, 2)
    assert cells(table[date(2026, 2, 15),], *columns) == (0, 0, 0, 0, 0, 2)
    assert cells(table[date(2026, 3, 9),], *columns) == (0, 0, 0, 0, 0, 2)
    assert cells(table[date(2026, 3, 10),], *columns) == (0, 0, 0, 0, 0, 0)


def test_users_cohort_monthly_is_unknown_while_a_month_runs() -> None:
    table = books(
        ("purchase_orders", {"goods_cny": "500"}),
        paying("y1", "2026-01-31", "100"),
        paying("y2", "2026-02-01", "20", user_id="u2"),
        paying("y3", "2026-03-01", "5"),
        refunding("r1", "2026-02-10", "30"),
    ).users_cohort_monthly()
    columns = ("cohort_user_count", "active_user_count", "retention_ratio", "net_revenue_cny")
    assert {key: cells(row, *columns) for key, row in table.items()} == {
        (date(2026, 1, 1), 0): (1, 1, 1, 100),
        (date(2026, 1, 1), 1): (1, 0, 0, 70),
        (date(2026, 1, 1), 2): (1, None, None, None),
        (date(2026, 2, 1), 0): (1, 1, 1, 20),
        (date(2026, 2, 1), 1): (1, None, None, None),
    }


def test_users_conversion_and_segments() -> None:
    ledger = books(
        ("users", {"registered_at": "2026-02-01 12:00:00", "country_code": "US", "gender": "female"}),
        ("users", {"user_id": "u2", "registered_at": "2026-02-01 12:00:01"}),
        ("users", {"user_id": "u3", "registered_at": "2026-02-01 12:00:00"}),
        paying("y1", "2026-02-08", "10"),
        paying("y2", "2026-02-08", "10", user_id="u2"),
    )
    (row,) = ledger.users_conversion_daily().values()
    conversion = ("registered_user_count", "paid_7d_count", "paid_30d_count", "paid_30d_ratio", "is_mature")
    assert cells(row, *conversion) == (3, 1, 2, Fraction(2, 3), True)
    segments = ledger.users_segments_daily()
    columns = ("registered_user_count", "paying_user_count", "new_user_count", "net_revenue_cny")
    assert cells(segments[date(2026, 2, 8), "US", "unknown", "female"], *columns) == (0, 1, 1, 10)
    assert cells(segments[date(2026, 2, 1), "ZZ", "unknown", "unknown"], *columns) == (2, 0, 0, 0)


def test_a_past_figure_stays_when_a_customer_moves() -> None:
    ledger = books(
        ("users", {"country_code": "US", "updated_at": "2026-02-01 00:00:00"}),
        ("users", {"country_code": "DE", "updated_at": "2026-03-10 12:00:00"}),
        ("users", {"country_code": "FR", "updated_at": "2026-03-10 12:00:01"}),
        ("purchase_orders", {"goods_cny": "30"}),
        paying("y1", "2026-03-10", "10", succeeded_at="2026-03-10 11:59:59"),
        paying("y2", "2026-03-10", "20"),
        refunding("r1", "2026-03-14", "1"),
    )
    orders = ledger.orders_daily()
    day = date(2026, 3, 10)
    columns = ("paid_order_count", "gross_paid_cny")
    assert cells(orders[day, "taobao", "US", "unknown"], *columns) == (0, 10)
    # A version of the very instant counts; the order stands with its user as of its paid_at.
    assert cells(orders[day, "taobao", "DE", "unknown"], *columns) == (1, 20)
    # A refund stands where its payment does.
    assert orders[date(2026, 3, 14), "taobao", "US", "unknown"]["refund_cny"] == 1
    # A user stands in one row a period: that of its end.
    segments = ledger.users_segments_daily()
    assert cells(segments[day, "FR", "unknown", "unknown"], "paying_user_count", "net_revenue_cny") == (1, 30)
    assert set(ledger.users_geography()) == {("FR",)}


def test_complete_until_the_feeds_fall_silent() -> None:
    last = {"updated_at": "2026-03-11 00:00:00"}
    ledger = books(
        ("purchase_orders", last),
        ("service_orders", {"updated_at": "2026-03-01 00:00:00", "is_deleted": "1"}),
        paying("y1", "2026-03-10", "100", **last),
        as_of="2026-03-12 12:00:00",
    )
    core = ledger.core_daily()
    complete = {key for key, row in core.items() if row["is_complete"]}
    # Forwarding orders never came: only payments speak for them. Service orders came last on 1 March.
    assert complete == {
        (date(2026, 3, day), business_type)
        for day in (10, 11)
        for business_type in ("purchase", "forwarding")
    }
    periods = ledger.core_periods()
    assert periods["yesterday", "purchase"]["is_complete"]
    assert not periods["today", "purchase"]["is_complete"]


def test_users_geography_falls_back_to_the_last_paid_parcel() -> None:
    table = books(
        ("users", {}),
        ("users", {"user_id": "u2", "country_code": "DE"}),
        ("forwarding_orders", {"destination_country": "FR"}),
        ("forwarding_orders", {"order_id": "f2", "destination_country": "JP"}),
        ("forwarding_orders", {"order_id": "f3", "destination_country": "IT"}),
        paying("y1", "2026-01-10", "100", order_type="forwarding", order_id="f1"),
        paying("y2", "2026-03-01", "100", order_type="forwarding", order_id="f2"),
        paying("y3", "2026-03-02", "99", order_type="forwarding", order_id="f3"),
        paying("y4", "2026-01-10", "300", user_id="u2"),
        paying("y5", "2026-03-02", "1", user_id="u9"),
    ).users_geography()
    columns = ("paying_user_count", "net_revenue_cny", "paying_user_rank", "net_revenue_rank")
    recent = tuple(f"{column}_30d" for column in columns)
    assert {key[0]: cells(row, *columns, *recent) for key, row in table.items()} == {
        "DE": (1, 300, 1, 1, 0, 0, 3, 3),
        "JP": (1, 299, 2, 2, 1, 199, 1, 1),
        "ZZ": (1, 1, 3, 3, 1, 1, 2, 2),
    }


def test_differences_name_the_cell() -> None:
    table = books(paying("y1", "2026-03-15", "1", succeeded_at="2026-03-15 01:00:00")).users_cohort_monthly()
    assert differences(table, table.values()) == []
    (row,) = table.values()
    found = differences(table, [row | {"cohort_user_count": 2}])
    assert found == ["(datetime.date(2026, 3, 1), 0) cohort_user_count: ledger 1, published 2"]
    assert differences(table, []) == [f"only in the ledger: {row}"]
    assert differences({}, [row]) == [f"only published: {row}"]
