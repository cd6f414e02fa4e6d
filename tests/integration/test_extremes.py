"""What lands can be modelled: the largest and smallest value of every column, alone and together, through increment and
calibration."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from ingest.contract.feeds import FEEDS, Column, Feed, Range
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment
from tests.support.landing import deliver, query

AS_OF = datetime(2026, 4, 1)
_DECIMALS = {"money": 10, "signed_money": 10, "measure": 20, "rate": 10}


def ends(column: Column) -> list[str]:
    """The least and the greatest value a column takes, as text."""
    allowed = column.allowed
    if allowed is None:
        return []
    if column.type in ("instant", "date"):
        # A moment before the end, and a day before it.
        return [allowed.minimum, "2099-12-31" if column.type == "date" else "2099-12-31T23:59:59.999999Z"]
    if column.type == "integer":
        return [allowed.minimum, str(int(allowed.below) - 1)]
    greatest = "9" * (len(allowed.below) - 1) + "." + "9" * _DECIMALS[column.type]
    return [*(["0"] if allowed.or_zero else []), allowed.minimum, greatest]


def _is_rate(feed: Feed, column: Column) -> bool:
    return (feed.name, column.name) == ("fx_rates", "quote_value")


def extreme_rows(feed: Feed) -> list[dict[str, str]]:
    """The example row with one column at its end at a time, and all columns at their greatest ends."""
    example = feed.example_row
    key = next((c.name for c in feed.columns if c.is_key and c.type in ("text", "open_code")), None)
    rows: list[dict[str, str]] = []

    def add(**values: str) -> None:
        row = {**example, **values}
        if key and key not in values:
            row[key] = f"{example[key]}-{len(rows)}"
        rows.append(row)

    for column in feed.columns:
        for value in ends(column):
            if column.name == "bonus_cny":
                add(bonus_cny=value, amount_cny=value)
            elif not _is_rate(feed, column):
                add(**{column.name: value})
    greatest = {c.name: ends(c)[-1] for c in feed.columns if ends(c) and not _is_rate(feed, c)}
    # What happened at the end of time is in no figure; the amounts of this row are.
    amounts = {name: value for name, value in greatest.items() if not _is_moment(feed, name)}
    add(**amounts)
    add(**greatest)
    return rows


def _is_moment(feed: Feed, name: str) -> bool:
    return next(c.type for c in feed.columns if c.name == name) in ("instant", "date")


RATES = [
    {"currency_code": "USD", "quote_value": "9999.9999999999", "rate_date": "2026-03-01"},
    {"currency_code": "VND", "quote_value": "0.0000001", "rate_date": "2026-03-01"},
    {
        "currency_code": "KWD",
        "quote_value": "0.0101",
        "quote_unit": "100",
        "quote_direction": "foreign_per_cny",
        "rate_date": "1900-01-01",
    },
    {
        "currency_code": "IRR",
        "quote_value": "1000000000",
        "quote_unit": "100",
        "quote_direction": "foreign_per_cny",
        "rate_date": "2026-02-28",
    },
]


def money_rows() -> dict[str, list[dict[str, str]]]:
    """Payments without a quoted price at the greatest amount and the greatest rate, settled, refunded, in twelve rows each."""
    at = "2026-03-02T12:00:00+08:00"
    greatest = "9999999999.9999999999"
    payments = [
        {
            **FEEDS["payments"].example_row,
            "payment_id": f"MAX-{currency}-{number}",
            "order_id": FEEDS["purchase_orders"].example_row["order_id"],
            "provider_txn_id": f"TXN-{currency}-{number}",
            "succeeded_at": at,
            "currency_code": currency,
            "amount": greatest,
            "fee_amount": greatest,
            "amount_cny": "" if number % 2 else greatest,
        }
        for currency in ("USD", "VND", "KWD", "IRR", "CNY")
        for number in range(12)
    ]
    settlements = [
        {
            **FEEDS["settlements"].example_row,
            "settlement_id": f"S-{payment['payment_id']}",
            "provider_txn_id": payment["provider_txn_id"],
            "payment_id": "",
            "currency_code": payment["currency_code"],
            "gross_amount": greatest,
            "net_amount": f"-{greatest}",
            "net_cny": f"-{greatest}",
        }
        for payment in payments[::3]
    ]
    refunds = [
        {
            **FEEDS["refunds"].example_row,
            "refund_id": f"R-{payment['payment_id']}",
            "payment_id": payment["payment_id"],
            "amount_cny": greatest,
            "component": "" if number % 2 else "goods",
        }
        for number, payment in enumerate(payments)
    ]
    return {"payments": payments, "settlements": settlements, "refunds": refunds}


def write(folder: Path, feed: str, name: str, rows: list[dict[str, str]]) -> None:
    deliver(folder, f"{feed}/{name}.jsonl", "\n".join(json.dumps(row) for row in rows))


def test_the_extremes_of_every_column_are_modelled(settings: Settings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"display_currencies": ("USD", "VND", "KWD", "IRR")})
    folder = tmp_path / "in"
    for feed in FEEDS.values():
        write(folder, feed.name, "examples", [feed.example_row])
    write(folder, "fx_rates", "rates", [{**FEEDS["fx_rates"].example_row, **rate} for rate in RATES])
    assert land_path(settings, folder).exit_status == 0
    increment(settings, as_of=AS_OF)

    for feed in FEEDS.values():
        write(folder, feed.name, "extremes", extreme_rows(feed))
    for feed_name, rows in money_rows().items():
        write(folder, feed_name, "money", rows)
    report = land_path(settings, folder)
    assert [batch.line() for batch in report.batches if batch.rows_quarantined] == []
    increment(settings, as_of=AS_OF)
    calibration = calibrate(settings, as_of=AS_OF)
    assert calibration.unexplained_count == 0
    # After the greatest instant a row may have, nothing of it is left out.
    increment(settings, as_of=datetime(2100, 1, 1))


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (("fx_rates", "quote_value"), "10000000000", "number_out_of_range"),
        (("fx_rates", "quote_value"), "10000", "rate_out_of_range"),
        (("forwarding_boxes", "length_mm"), "10000000000000", "number_out_of_range"),
        (("forwarding_boxes", "height_mm"), "100000", "number_out_of_range"),
        (("shipping_lines", "promised_days"), "2147483647", "number_out_of_range"),
        (("shipping_lines", "volumetric_divisor"), "0.5", "number_out_of_range"),
        (("purchase_orders", "goods_cny"), "10000000000", "number_out_of_range"),
    ],
)
def test_what_could_not_be_modelled_goes_to_quarantine(
    settings: Settings, tmp_path: Path, place: tuple[str, str], value: str, reason: str
) -> None:
    feed, column = place
    write(tmp_path / "in", feed, "a", [{**FEEDS[feed].example_row, column: value}])
    assert land_path(settings, tmp_path / "in").rows_accepted == 0
    assert query(settings, "select reason from raw.quarantine") == [(reason,)]


def test_every_column_that_has_a_size_has_a_range() -> None:
    sized = {"money", "signed_money", "measure", "rate", "integer", "instant", "date"}
    assert all(
        isinstance(column.allowed, Range)
        for feed in FEEDS.values()
        for column in feed.columns
        if column.type in sized
    )
