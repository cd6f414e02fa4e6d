"""What each type of value accepts, stores and refuses."""

import duckdb
import pytest

from ingest.check.values import check_values
from ingest.contract.feeds import FEEDS
from ingest.read.delivery import Delivery, RowWriter
from tests.support.landing import PAYMENT, USER


def check(
    feed: str, row: dict[str, str | None], zone: str = "Asia/Shanghai"
) -> tuple[dict[str, str | None], str | None]:
    """(stored row, reason|column) of one delivered row."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    writer = RowWriter(connection, tuple(row))
    writer.add((*row.values(), None, 1))
    writer.flush()
    delivery = Delivery(FEEDS[feed], "csv", writer.table, columns=tuple(row), unknown_columns=())
    table = check_values(connection, delivery, zone)
    names = FEEDS[feed].column_names
    *values, reject = connection.execute(f"select {', '.join(names)}, _reject from {table}").fetchall()[0]
    return dict(zip(names, values, strict=True)), reject


@pytest.mark.parametrize(
    ("delivered", "stored"),
    [
        ("2026-03-01T08:00:00+08:00", "2026-03-01 00:00:00.000000"),
        ("2026-03-01 08:00:00+0800", "2026-03-01 00:00:00.000000"),
        ("2026-03-01 08:00:00 +08:00", "2026-03-01 00:00:00.000000"),
        ("2026-03-01T08:00:00+08", "2026-03-01 00:00:00.000000"),
        ("2026-03-01T00:00:00Z", "2026-03-01 00:00:00.000000"),
        ("2026-03-01t00:00:00z", "2026-03-01 00:00:00.000000"),
        ("2026-03-01T00:00Z", "2026-03-01 00:00:00.000000"),
        ("2026-02-28T18:30:00-05:30", "2026-03-01 00:00:00.000000"),
        ("2026-03-01T00:00:00.5Z", "2026-03-01 00:00:00.500000"),
        ("2026-03-01T00:00:00,25Z", "2026-03-01 00:00:00.250000"),
        ("2026-03-01T00:00:00.123456789Z", "2026-03-01 00:00:00.123456"),
        ("2026-03-01 08:00:00", "2026-03-01 00:00:00.000000"),
        ("2026-03-01T08:00", "2026-03-01 00:00:00.000000"),
        ("2026-03-01", "2026-02-28 16:00:00.000000"),
        ("2026-03-01\u3000", "2026-02-28 16:00:00.000000"),
        ("2000-01-01T00:00:00Z", "2000-01-01 00:00:00.000000"),
    ],
)
def test_instants_become_utc(delivered: str, stored: str) -> None:
    row, reject = check("users", {**USER, "registered_at": delivered})
    assert (row["registered_at"], reject) == (stored, None)


@pytest.mark.parametrize(
    ("zone", "delivered", "stored"),
    [
        ("America/New_York", "2025-03-09 01:59:59", "2025-03-09 06:59:59.000000"),
        (
            "America/New_York",
            "2025-03-09 02:30:00",
            "2025-03-09 07:30:00.000000",
        ),  # in the gap: as if not sprung
        (
            "America/New_York",
            "2025-11-02 01:30:00",
            "2025-11-02 06:30:00.000000",
        ),  # twice: the second, standard time
        ("Europe/Berlin", "2025-07-01 12:00", "2025-07-01 10:00:00.000000"),
        ("UTC", "2025-07-01", "2025-07-01 00:00:00.000000"),
    ],
)
def test_naive_instants_are_read_in_the_declared_zone(zone: str, delivered: str, stored: str) -> None:
    row, reject = check("users", {**USER, "registered_at": delivered}, zone)
    assert (row["registered_at"], reject) == (stored, None)


@pytest.mark.parametrize(
    ("delivered", "reason"),
    [
        ("2026-02-30T00:00:00Z", "not_a_timestamp"),
        ("2026-13-01T00:00:00Z", "not_a_timestamp"),
        ("01/03/2026", "not_a_timestamp"),
        ("1772323200", "not_a_timestamp"),
        ("2026-03-01T25:00:00Z", "not_a_timestamp"),
        ("2026-03-01T00:00:00+99:00", "not_a_timestamp"),
        ("2026-03-01T00:00:00 Asia/Shanghai", "not_a_timestamp"),
        ("infinity", "not_a_timestamp"),
        ("0000-00-00 00:00:00", "not_a_timestamp"),
        ("0001-01-01T00:00:00Z", "date_out_of_range"),
        ("1999-12-31T23:59:59Z", "date_out_of_range"),
        ("2100-01-01T00:00:00Z", "date_out_of_range"),
        ("9999-12-31T23:59:59Z", "date_out_of_range"),
        ("", "missing_value"),
        ("  ", "missing_value"),
    ],
)
def test_what_is_no_instant_is_refused(delivered: str, reason: str) -> None:
    assert check("users", {**USER, "registered_at": delivered})[1] == f"{reason}|registered_at"


@pytest.mark.parametrize(
    "delivered",
    [
        "0",
        "10.10",
        "10.1234567891",
        "+5",
        ".5",
        "5.",
        "0000000000000001.00",
        "9999999999.9999999999",
        "-0",
        "1.00000000000000",
    ],
)
def test_money_is_kept_as_delivered(delivered: str) -> None:
    row, reject = check("payments", {**PAYMENT, "amount": f" {delivered} "})
    assert (row["amount"], reject) == (delivered, None)


@pytest.mark.parametrize(
    ("delivered", "reason"),
    [
        ("1,000.00", "not_a_number"),
        ("1e5", "not_a_number"),
        ("¥10", "not_a_number"),
        ("10 CNY", "not_a_number"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("１０", "not_a_number"),
        ("1_000", "not_a_number"),
        (".", "not_a_number"),
        ("-", "not_a_number"),
        ("=1+1", "not_a_number"),
        ("10.12345678912", "too_many_decimals"),
        ("10000000000", "number_out_of_range"),
        ("9" * 400, "number_out_of_range"),
        ("-0.01", "negative_money"),
        ("", "missing_value"),
    ],
)
def test_what_is_no_money_is_refused(delivered: str, reason: str) -> None:
    assert check("payments", {**PAYMENT, "amount": delivered})[1] == f"{reason}|amount"


SETTLEMENT = {
    "settlement_id": "S1",
    "provider_txn_id": "T1",
    "type": "charge",
    "settled_at": "2026-03-01",
    "currency_code": "usd",
    "gross_amount": "-10.00",
    "net_amount": "-9.50",
    "net_cny": "-68.40",
    "updated_at": "2026-03-01",
}


def test_settlements_may_be_negative() -> None:
    row, reject = check("settlements", SETTLEMENT)
    assert (row["net_cny"], row["currency_code"], reject) == ("-68.40", "USD", None)


@pytest.mark.parametrize(
    ("provider_txn_id", "payment_id", "expected"),
    [
        ("T1", "", None),
        ("", "P1", None),
        ("T1", "P1", None),
        ("", " ", "missing_value|provider_txn_id"),
    ],
)
def test_a_settlement_line_names_its_transaction_or_its_payment(
    provider_txn_id: str, payment_id: str, expected: str | None
) -> None:
    line = {**SETTLEMENT, "provider_txn_id": provider_txn_id, "payment_id": payment_id}
    assert check("settlements", line)[1] == expected


def test_a_delivery_without_the_transaction_s_column_names_payments() -> None:
    line = {name: value for name, value in SETTLEMENT.items() if name != "provider_txn_id"}
    assert check("settlements", {**line, "payment_id": "P1"})[1] is None
    assert check("settlements", line)[1] == "missing_value|provider_txn_id"


RATE = {"rate_source": "x", "rate_date": "2026-03-01", "currency_code": "USD", "quote_value": "7.1"}


@pytest.mark.parametrize(
    ("column", "delivered", "expected"),
    [
        ("quote_value", "0", "rate_not_positive|quote_value"),
        ("quote_value", "-1", "rate_not_positive|quote_value"),
        ("quote_value", "0.00000000000000000001", "number_out_of_range|quote_value"),
        ("quote_value", "0.0000001", None),
        ("quote_value", "0.00000009", "rate_out_of_range|quote_value"),
        ("quote_value", "9999.9999999999", None),
        ("quote_value", "10000", "rate_out_of_range|quote_value"),
        ("quote_unit", "10", "unknown_code|quote_unit"),
        ("quote_unit", "100", None),
        ("quote_direction", "FOREIGN_PER_CNY", None),
        ("currency_code", "DOLLAR", "not_a_currency_code|currency_code"),
        ("currency_code", "U1D", "not_a_currency_code|currency_code"),
        ("rate_date", "2026-02-29", "not_a_date|rate_date"),
        ("rate_date", "2026-03-01 00:00:00", None),
        ("rate_date", "2026-03-01T10:00:00", "not_a_date|rate_date"),
        ("rate_date", "9999-12-31", "date_out_of_range|rate_date"),
    ],
)
def test_rates(column: str, delivered: str, expected: str | None) -> None:
    assert check("fx_rates", {**RATE, column: delivered})[1] == expected


LINE = {"order_id": "O1", "line_no": "1", "quantity": "2", "unit_price_cny": "5", "updated_at": "2026-03-01"}


@pytest.mark.parametrize(
    ("delivered", "stored", "expected"),
    [
        ("3", "3", None),
        ("3.0", "3", None),
        ("+03", "3", None),
        ("3.5", None, "not_an_integer|line_no"),
        ("three", None, "not_an_integer|line_no"),
        ("-3", None, "negative_number|line_no"),
        ("99999999999", None, "number_out_of_range|line_no"),
    ],
)
def test_whole_numbers_have_one_text_each(delivered: str, stored: str | None, expected: str | None) -> None:
    row, reject = check("purchase_order_lines", {**LINE, "line_no": delivered})
    assert reject == expected
    if expected is None:
        assert row["line_no"] == stored


@pytest.mark.parametrize(
    ("delivered", "stored"),
    [
        ("TRUE", "true"),
        ("1", "true"),
        ("t", "true"),
        ("Yes", "true"),
        ("0", "false"),
        ("no", "false"),
        ("", None),
    ],
)
def test_booleans(delivered: str, stored: str | None) -> None:
    row, reject = check("users", {**USER, "is_test": delivered})
    assert (row["is_test"], reject) == (stored, None)


def test_a_boolean_that_is_none() -> None:
    assert check("users", {**USER, "is_test": "maybe"})[1] == "not_a_boolean|is_test"


def test_codes_and_countries_are_brought_to_one_case() -> None:
    row, reject = check("payments", {**PAYMENT, "status": "Succeeded", "method": "CARD"})
    assert (row["status"], row["method"], reject) == ("succeeded", "card", None)
    row, _ = check("users", {**USER, "country_code": "us", "gender": "Female"})
    assert (row["country_code"], row["gender"]) == ("US", "Female")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"order_type": ""}, "missing_order_type|order_type"),
        ({"order_type": "", "purpose": "SUPPLEMENT"}, "missing_order_type|order_type"),
        ({"order_type": "", "purpose": "topup"}, None),
        ({"amount_cny": "50", "bonus_cny": "50.00"}, None),
        ({"amount_cny": "50", "bonus_cny": "50.01"}, "bonus_exceeds_payment|bonus_cny"),
        (
            {"amount_cny": "", "currency_code": "CNY", "amount": "9", "bonus_cny": "10"},
            "bonus_exceeds_payment|bonus_cny",
        ),
        ({"amount_cny": "", "currency_code": "USD", "amount": "9", "bonus_cny": "10"}, None),
        ({"user_id": "a\0b"}, "nul_byte|user_id"),
        ({"purpose": "gift"}, "unknown_code|purpose"),
    ],
)
def test_rules_about_a_payment(values: dict[str, str], expected: str | None) -> None:
    assert check("payments", {**PAYMENT, **values})[1] == expected
