"""What each foreign payment was booked at, and what its settlement brought (R14)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.feeds import Row
from tests.support.ledger.money import ZERO, round_half_away, round_product
from tests.support.ledger.payments import Payment
from tests.support.ledger.rates import OfficialRates


@dataclass(frozen=True)
class Position:
    """A counted payment in a foreign currency.

    Derived figures are None without a rate, the settled ones while open.
    """

    payment: Payment
    booked_cny: Decimal | None
    fee_cny: Decimal | None
    settled_date: date | None
    settled_cny: Decimal | None
    is_untracked: bool

    @property
    def margin_cny(self) -> Decimal | None:
        return None if self.booked_cny is None else self.booked_cny - self.payment.amount_cny

    @property
    def carrying_cny(self) -> Decimal | None:
        return None if self.booked_cny is None or self.fee_cny is None else self.booked_cny - self.fee_cny

    @property
    def realised_cny(self) -> Decimal | None:
        if self.settled_cny is None or self.carrying_cny is None:
            return None
        return self.settled_cny - self.carrying_cny

    @property
    def open_amount(self) -> Decimal:
        """Foreign currency still to come while the payment is open."""
        return self.payment.amount - self.payment.fee_amount


def read_positions(
    payments: Iterable[Payment], settlements: Iterable[Row], rates: OfficialRates, time: BusinessTime
) -> list[Position]:
    """One per counted payment that is not in CNY, by (succeeded_at, payment_id).

    A `charge` line that gives a payment_id settles that payment only; the others settle the earliest payment
    that names their provider transaction. The lines of a payment are one settlement, dated by the first of
    them but not before the payment (DECISIONS). A payment that no line can ever find is untracked.
    """
    named: dict[str, list[Row]] = defaultdict(list)
    by_transaction: dict[str, list[Row]] = defaultdict(list)
    for row in settlements:
        if row["type"] == "charge" and time.has_happened(row["settled_at"]):
            if row.get("payment_id") is not None:
                named[row["payment_id"]].append(row)
            else:
                by_transaction[row["provider_txn_id"]].append(row)
    positions = []
    for payment in sorted(payments, key=lambda one: (one.succeeded_at, one.payment_id)):
        if payment.currency_code == "CNY":
            continue
        rate = rates.on(payment.currency_code, payment.paid_date)
        lines = named[payment.payment_id]
        if payment.provider_txn_id is not None:
            lines = lines + by_transaction.pop(payment.provider_txn_id, [])
        settled_date = settled_cny = None
        if lines:
            first_date = time.date_of(min(line["settled_at"] for line in lines))
            settled_date = max(first_date, payment.paid_date)
            settled_cny = sum((round_half_away(line["net_cny"]) for line in lines), ZERO)
        positions.append(
            Position(
                payment,
                None if rate is None else round_product(payment.amount, rate),
                None if rate is None else round_product(payment.fee_amount, rate),
                settled_date,
                settled_cny,
                is_untracked=payment.provider_txn_id is None and not lines,
            )
        )
    return positions
