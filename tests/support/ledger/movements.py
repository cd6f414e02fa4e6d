"""The one money fact: one row per (payment or refund) x component (R4)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests.support.ledger.bills import SUPPLEMENT, UNALLOCATED, Bill, business_type_of, fill
from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.orders import Order, OrderKey
from tests.support.ledger.payments import Payment
from tests.support.ledger.refunds import Refund, peel


@dataclass(frozen=True)
class Movement:
    """Money that moved at one instant, in one business type and component; refunds are negative.

    `order` is None while the payment's order has not arrived. `refund` is None for a payment.
    """

    payment: Payment
    refund: Refund | None
    order: Order | None
    moved_at: datetime
    business_date: date
    business_type: str
    component: str
    amount_cny: Decimal

    @property
    def user_id(self) -> str:
        return self.payment.user_id

    @property
    def is_payment(self) -> bool:
        return self.refund is None

    @property
    def is_chargeback(self) -> bool:
        return self.refund is not None and self.refund.is_chargeback

    @property
    def is_refund(self) -> bool:
        """A refund that is not a chargeback."""
        return self.refund is not None and not self.refund.is_chargeback


def order_payments(payments: Iterable[Payment]) -> dict[OrderKey, list[Payment]]:
    """The `order` payments of each order, by (succeeded_at, payment_id)."""
    by_order: dict[OrderKey, list[Payment]] = defaultdict(list)
    for payment in sorted(payments, key=lambda one: (one.succeeded_at, one.payment_id)):
        if not payment.is_supplement:
            by_order[payment.order_key].append(payment)
    return by_order


def allocate(payments: Iterable[Payment], orders: Mapping[OrderKey, Order]) -> dict[str, Bill]:
    """The components that each payment, by its id, pays (R6)."""
    payments = list(payments)
    parts: dict[str, Bill] = {}
    for payment in payments:
        if payment.order_key not in orders:
            parts[payment.payment_id] = {UNALLOCATED: payment.amount_cny}
        elif payment.is_supplement:
            parts[payment.payment_id] = {SUPPLEMENT: payment.amount_cny}
    for key, paid in order_payments(payments).items():
        if key in orders:
            filled = fill(orders[key].bill, [payment.amount_cny for payment in paid])
            parts.update(zip((payment.payment_id for payment in paid), filled, strict=True))
    return parts


def build_movements(
    payments: Iterable[Payment],
    refunds: Iterable[Refund],
    orders: Mapping[OrderKey, Order],
    time: BusinessTime,
) -> tuple[list[Movement], set[str]]:
    """All movements, and the ids of the refunds quarantined on the way."""
    payments = list(payments)
    parts = allocate(payments, orders)
    refunds_of: dict[str, list[Refund]] = defaultdict(list)
    for refund in refunds:
        refunds_of[refund.payment_id].append(refund)
    movements: list[Movement] = []
    quarantined: set[str] = set()
    for payment in payments:
        order_type = payment.order_key[0]
        order = orders.get(payment.order_key)
        sources: list[tuple[Refund | None, datetime, Bill]] = [
            (None, payment.succeeded_at, parts[payment.payment_id])
        ]
        mine = refunds_of.get(payment.payment_id, [])
        taken, refused = peel(order_type, parts[payment.payment_id], mine)
        quarantined |= refused
        sources += [
            (refund, refund.completed_at, {name: -amount for name, amount in taken[refund.refund_id].items()})
            for refund in mine
            if refund.refund_id in taken
        ]
        for refund_or_none, moved_at, amounts in sources:
            for component, amount_cny in amounts.items():
                movements.append(
                    Movement(
                        payment,
                        refund_or_none,
                        order,
                        moved_at,
                        time.date_of(moved_at),
                        business_type_of(order_type, component),
                        component,
                        amount_cny,
                    )
                )
    return movements, quarantined
