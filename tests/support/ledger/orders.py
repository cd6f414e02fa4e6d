"""Orders of the three types, their bills, and when they were paid (R5-R7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests.support.ledger.bills import BILLED_COMPONENTS, Bill, discounted
from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.feeds import Row
from tests.support.ledger.money import ZERO, round_half_away

ORDER_FEEDS = {"purchase": "purchase_orders", "forwarding": "forwarding_orders", "service": "service_orders"}

OrderKey = tuple[str, str]


@dataclass(frozen=True)
class Order:
    """An order that has arrived and is not deleted; `row` holds the columns of its own type."""

    key: OrderKey
    user_id: str
    created_at: datetime
    bill: Bill
    is_cancelled: bool
    row: Row

    @property
    def order_type(self) -> str:
        return self.key[0]

    @property
    def due_cny(self) -> Decimal:
        return sum(self.bill.values(), ZERO)

    @property
    def is_billing_bundled_service(self) -> bool:
        """A parcel order bills a service when it does so before the discount (DECISIONS)."""
        return self.order_type == "forwarding" and cny(self.row.get("service_cny")) > 0


@dataclass(frozen=True)
class PaidOrder:
    """An order that counts as paid, on one business date."""

    order: Order
    paid_at: datetime
    paid_date: date


def cny(amount: Decimal | None) -> Decimal:
    """An amount of a feed in CNY, rounded where it enters; nothing is 0."""
    return ZERO if amount is None else round_half_away(amount)


def read_orders(
    order_type: str, versions: Iterable[Row], test_user_ids: set[str], time: BusinessTime
) -> tuple[dict[OrderKey, Order], set[OrderKey]]:
    """The orders that are known, and the keys of the test ones.

    An order is test by itself or through its user; testness survives deletion.
    """
    orders: dict[OrderKey, Order] = {}
    test_keys: set[OrderKey] = set()
    for row in versions:
        key = (order_type, row["order_id"])
        if row.get("is_test") or row["user_id"] in test_user_ids:
            test_keys.add(key)
        if row.get("is_deleted"):
            continue
        columns = ("fee",) if order_type == "service" else BILLED_COMPONENTS[order_type]
        components = {
            component: cny(row.get(f"{column}_cny"))
            for component, column in zip(BILLED_COMPONENTS[order_type], columns, strict=True)
        }
        cancelled_at = row.get("cancelled_at")
        orders[key] = Order(
            key,
            row["user_id"],
            row["created_at"],
            discounted(components, cny(row.get("discount_cny"))),
            row["status"] == "cancelled" and (cancelled_at is None or time.has_happened(cancelled_at)),
            row,
        )
    return orders, test_keys


def paid_instant(order: Order, payments: Iterable[tuple[datetime, Decimal]]) -> datetime | None:
    """When the `order` payments, given in order as (instant, CNY), first reach the amount due (R7)."""
    due_cny = order.due_cny
    if due_cny == 0:
        return None if order.is_cancelled else order.created_at
    paid_cny = ZERO
    for succeeded_at, amount_cny in payments:
        paid_cny += amount_cny
        if paid_cny >= due_cny:
            return succeeded_at
    return None


def paid_orders(
    orders: Mapping[OrderKey, Order],
    test_keys: set[OrderKey],
    payments: Mapping[OrderKey, list[tuple[datetime, Decimal]]],
    time: BusinessTime,
) -> list[PaidOrder]:
    """Every order that counts as paid; `payments` of an order sorted by (succeeded_at, payment_id)."""
    paid = []
    for key, order in orders.items():
        paid_at = None if key in test_keys else paid_instant(order, payments.get(key, []))
        if paid_at is not None and time.has_happened(paid_at):
            paid.append(PaidOrder(order, paid_at, time.date_of(paid_at)))
    return paid
