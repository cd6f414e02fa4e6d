"""Which payments count, and what they are worth (R5, R13)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.feeds import Row
from tests.support.ledger.money import ZERO, round_half_away, round_product
from tests.support.ledger.orders import OrderKey
from tests.support.ledger.rates import OfficialRates


@dataclass(frozen=True)
class Payment:
    """A counted payment. `order_key` may name an order that has not arrived."""

    payment_id: str
    user_id: str
    order_key: OrderKey
    is_supplement: bool
    provider_txn_id: str | None
    succeeded_at: datetime
    paid_date: date
    currency_code: str
    amount: Decimal
    fee_amount: Decimal
    amount_cny: Decimal


def has_succeeded(row: Row) -> bool:
    return row["status"] == "succeeded" and row.get("succeeded_at") is not None


def worth(row: Row, paid_date: date, rates: OfficialRates) -> Decimal | None:
    """The CNY amount of a payment: as quoted, else at the official rate; None without one (R13)."""
    if row.get("amount_cny") is not None:
        return round_half_away(row["amount_cny"])
    rate = rates.on(row["currency_code"], paid_date)
    return None if rate is None else round_product(row["amount"], rate)


def counted_payment(
    row: Row,
    test_user_ids: set[str],
    test_order_keys: set[OrderKey],
    rates: OfficialRates,
    time: BusinessTime,
) -> Payment | None:
    """The payment of a current version; None if it does not count (R5) or has no rate (R12)."""
    order_key = (row.get("order_type") or "", row.get("order_id") or "")
    if (
        not has_succeeded(row)
        or not time.has_happened(row["succeeded_at"])
        or row.get("is_deleted")
        or row.get("is_test")
        or row["purpose"] == "topup"
        or row["user_id"] in test_user_ids
        or order_key in test_order_keys
    ):
        return None
    paid_date = time.date_of(row["succeeded_at"])
    amount_cny = worth(row, paid_date, rates)
    if amount_cny is None:
        return None
    return Payment(
        row["payment_id"],
        row["user_id"],
        order_key,
        row["purpose"] == "supplement",
        row.get("provider_txn_id"),
        row["succeeded_at"],
        paid_date,
        row["currency_code"],
        row["amount"],
        row["fee_amount"] if row.get("fee_amount") is not None else ZERO,
        amount_cny,
    )
