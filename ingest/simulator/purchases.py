"""Journey 1: purchase orders, from the cart to the shelf of the warehouse."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ingest.simulator import text
from ingest.simulator.backoffice import Backoffice
from ingest.simulator.catalogue import (
    CANCEL_REASONS,
    PLATFORM_WEIGHTS,
    PLATFORMS,
    PRODUCTS,
    PURCHASE,
)
from ingest.simulator.chance import between, weighted
from ingest.simulator.config import DAY_SECONDS
from ingest.simulator.payments import CARD, PAYPAL, first_of_order
from ingest.simulator.refunds import component, reason
from ingest.simulator.rhythm import (
    HOUR,
    MINUTE,
    after,
    in_working_hours,
    instants_of_day,
    lognormal_seconds,
    only,
)
from ingest.simulator.text import NEVER, UNKNOWN, Array
from ingest.simulator.versions import Life, is_deleted

STATUSES = (
    "pending_payment", "paid", "purchasing", "purchased", "received", "stored", "completed", "cancelled",
)  # fmt: skip
_CATEGORIES = tuple(product.category for product in PRODUCTS)
_TITLES = tuple(product.title for product in PRODUCTS)
_PRICES = np.array([product.median_price_fen for product in PRODUCTS])
_WEIGHTS = np.array([product.weight_g for product in PRODUCTS])
_SERVICE_FEE_PERCENT = 5


class Purchases:
    def __init__(self, office: Backoffice) -> None:
        self._chance = office.chance
        self._deliveries = office.deliveries
        self._people = office.people
        self._payments = office.payments
        self._settlements = office.settlements
        self._refunds = office.refunds
        self._seq = 0

    def place(self, rng: np.random.Generator, day: int, count: int) -> Life:
        """The purchase orders of a day, with lines, payments and refunds. Returns what will be stored."""
        chance = self._chance
        users, created_at = self._people.buyers(rng, day, instants_of_day(rng, np.full(count, day)))
        seq = np.arange(self._seq, self._seq + count, dtype=np.int32)
        self._seq += count
        orders: Life = {
            "seq": seq,
            "user": users,
            "created_at": created_at,
            "platform": weighted(rng, PLATFORM_WEIGHTS, count),
            "is_test": self._people.is_test[users] & (rng.random(count) < 0.5)
            | chance.hits("test purchase order", seq, "purchase", 0.003),
        }
        lines = self._lines(rng, orders)
        self._price(rng, orders)
        bill = (
            orders["goods"]
            + np.where(orders["freight"] == UNKNOWN, 0, orders["freight"])
            + orders["service_fee"]
        )
        due = np.maximum(bill - orders["discount"], 0)

        outcome = chance.evenly("purchase outcome", seq)
        pays = outcome >= 0.09
        hesitates = chance.evenly("hesitates", seq) < 0.1
        lag = np.where(
            hesitates,
            between(rng, 8 * HOUR, 70 * HOUR, count),
            lognormal_seconds(rng, 5 * MINUTE, 0.9, count),
        )
        attempts, paid_at = self._payments.pay_orders(
            rng, PURCHASE, orders, due, only(pays, after(created_at, lag))
        )
        self._fulfil(rng, orders, paid_at, outcome)
        late = chance.hits("purchase order delivered late", seq, "purchase", 0.008, 12)
        orders["late_days"] = np.where(late, 1 + seq % 5, 0).astype(np.int8)
        differs = chance.hits("price difference", seq, "purchase", 0.04) & (orders["purchased_at"] != NEVER)
        attempts.append(
            self._payments.supplements(
                rng,
                PURCHASE,
                orders,
                rows=np.flatnonzero(differs),
                cny=between(rng, 200, 6_000, differs.sum()),
                start=after(
                    orders["purchased_at"][differs], between(rng, HOUR, 2 * DAY_SECONDS, differs.sum())
                ),
            )
        )
        payments = self._payments.mint(rng, attempts)
        self._settlements.settle_charges(rng, payments)
        self._refund(rng, orders, payments)
        self._schedule(orders, lines)
        stored = np.flatnonzero(orders["stored_at"] != NEVER)
        return {name: orders[name][stored] for name in ("seq", "user", "stored_at", "weight_g", "goods")}

    def _lines(self, rng: np.random.Generator, orders: Life) -> Life:
        count = len(orders["seq"])
        line_count = 1 + weighted(rng, (52, 26, 14, 8), count).astype(np.int64)
        row = np.repeat(np.arange(count), line_count)
        starts = np.cumsum(line_count) - line_count
        total = len(row)
        product = rng.integers(0, len(PRODUCTS), total)
        price = np.clip(_PRICES[product] * np.exp(0.6 * rng.standard_normal(total)), 100, 900_000)
        price = price.astype(np.int64) // 10 * 10
        bulk = (orders["platform"][row] == PLATFORMS.index("1688")) & (rng.random(total) < 0.4)
        quantity = np.where(bulk, rng.integers(3, 12, total), 1 + weighted(rng, (78, 15, 5, 2), total))
        orders["goods"] = np.add.reduceat(price * quantity, starts)
        orders["weight_g"] = np.add.reduceat(_WEIGHTS[product] * quantity, starts)
        return {
            "row": row,
            "seq": orders["seq"][row],
            "line_no": np.arange(total) - starts[row] + 1,
            "seller": rng.integers(0, 5_000, total, dtype=np.int32),
            "product": product.astype(np.int8),
            "quantity": quantity,
            "price": price,
        }

    def _price(self, rng: np.random.Generator, orders: Life) -> None:
        """Domestic freight, service fee and discount, in fen."""
        count = len(orders["seq"])
        freight = np.where(rng.random(count) < 0.45, 0, between(rng, 3, 22, count) * 100)
        freight[self._chance.evenly("freight not stated", orders["seq"]) < 0.04] = UNKNOWN
        fee = np.maximum((orders["goods"] * _SERVICE_FEE_PERCENT + 50) // 100, 300)
        bill = orders["goods"] + np.where(freight == UNKNOWN, 0, freight) + fee
        coupon = np.minimum(between(rng, 5, 40, count) * 100, bill // 3)
        odds = self._chance.evenly("discount", orders["seq"])
        rate = self._chance.rate
        steps = np.cumsum([rate("purchase", 0.002), rate("purchase", 0.004), rate("purchase", 0.012), 0.20])
        kind = np.searchsorted(steps, odds, side="right")
        discount = np.select(
            [kind == 0, kind == 1, kind == 2, kind == 3],
            [bill + between(rng, 1, 20, count) * 100, bill, (orders["goods"] + bill) // 2, coupon],
            default=0,
        )
        discount[(kind == 4) & (rng.random(count) < 0.5)] = UNKNOWN
        orders["freight"], orders["service_fee"] = freight, fee
        orders["discount_shown"] = discount
        orders["discount"] = np.where(discount == UNKNOWN, 0, discount)

    def _fulfil(self, rng: np.random.Generator, orders: Life, paid_at: Array, outcome: Array) -> None:
        count = len(paid_at)
        created_at = orders["created_at"]
        orders["paid_at"] = paid_at
        paid = paid_at != NEVER
        changed_mind = rng.random(count) < 0.2
        unpaid_end = after(
            created_at, np.where(changed_mind, between(rng, 4 * HOUR, 70 * HOUR, count), 72 * HOUR)
        )
        purchasing = in_working_hours(after(paid_at, lognormal_seconds(rng, 2 * HOUR, 0.6, count)), paid_at)
        purchased = in_working_hours(
            after(purchasing, lognormal_seconds(rng, 3 * HOUR, 0.8, count)), purchasing
        )
        received = after(purchased, lognormal_seconds(rng, 2.6 * DAY_SECONDS, 0.35, count))
        received = in_working_hours(received, purchased)
        stored = in_working_hours(after(received, between(rng, 2 * HOUR, 30 * HOUR, count)), received)
        completed = after(stored, between(rng, 2 * DAY_SECONDS, 12 * DAY_SECONDS, count))
        before_purchase = paid & (outcome > 0.96)
        after_purchase = paid & (outcome > 0.95) & ~before_purchase
        cancelled = np.select(
            [~paid, before_purchase, after_purchase],
            [
                unpaid_end,
                after(purchasing, between(rng, HOUR, 20 * HOUR, count)),
                after(purchased, between(rng, HOUR, 3 * DAY_SECONDS, count)),
            ],
            default=NEVER,
        ).astype(np.int32)
        why = np.where(changed_mind, CANCEL_REASONS.index("customer_changed_mind"), 0)
        why = np.where(paid, rng.integers(1, len(CANCEL_REASONS), count), why)
        orders["purchasing_at"] = purchasing
        orders["purchased_at"] = only(~before_purchase, purchased)
        going = ~(before_purchase | after_purchase)
        orders["received_at"], orders["stored_at"] = only(going, received), only(going, stored)
        orders["completed_at"] = only(going, completed)
        orders["cancelled_at"] = cancelled
        orders["cancel_reason"] = why.astype(np.int8)
        cost = orders["goods"] * between(rng, 880, 1_005, count) // 1000
        orders["cost"] = cost + np.where(orders["freight"] == UNKNOWN, 0, orders["freight"])
        invoiced_later = rng.random(count) < 0.2
        orders["cost_known_at"] = after(
            orders["purchased_at"],
            np.where(invoiced_later, between(rng, DAY_SECONDS, 6 * DAY_SECONDS, count), 0),
        )

    def _refund(self, rng: np.random.Generator, orders: Life, payments: Life) -> None:
        row = payments["row"]
        order = {name: column[row] for name, column in orders.items()}
        cny = payments["cny"]
        refund = self._refunds.plan
        cancelled = order["cancelled_at"] != NEVER
        asked_at = after(order["cancelled_at"], between(rng, MINUTE, 10 * HOUR, len(row)))
        refund(rng, payments, cancelled, cny=cny, requested_at=asked_at, why=order["cancel_reason"])

        alive = ~cancelled & (order["paid_at"] != NEVER) & (payments["purpose"] == 0)
        first = alive & first_of_order(payments)
        cases = self._chance.evenly("purchase refund", order["seq"])
        rate = self._chance.rate
        start = 0.0
        soon = after(order["purchased_at"], lognormal_seconds(rng, 3 * DAY_SECONDS, 0.7, len(row)))
        most = cny * 8 // 10
        freight = np.where(order["freight"] == UNKNOWN, 0, order["freight"])
        part = between(rng, 10, 75, len(row))
        by_component = (
            (
                "goods",
                order["goods"],
                0.03,
                ("quality_issue", "wrong_item", "short_delivery", "out_of_stock"),
            ),
            ("domestic_freight", freight, 0.012, ("goodwill", "freight_reweighed")),
            ("service_fee", order["service_fee"], 0.010, ("fee_waived", "goodwill")),
        )
        for name, component_cny, share, reasons in by_component:
            end = start + rate("purchase", share, 14)
            hit = first & (cases >= start) & (cases < end)
            amount = np.minimum(component_cny * part // 100, most)
            why = np.array([reason(r) for r in reasons])[rng.integers(0, len(reasons), len(row))]
            refund(rng, payments, hit, cny=amount, requested_at=soon, of=component(name), why=why)
            start = end
        end = start + rate("purchase", 0.015)
        hit = first & (cases >= start) & (cases < end)
        refund(rng, payments, hit, cny=most * part // 100, requested_at=soon, why=reason("quality_issue"))
        start, end = end, end + rate("purchase", 0.006)
        hit = first & (cases >= start) & (cases < end)
        later = after(soon, between(rng, DAY_SECONDS // 4, 3 * DAY_SECONDS, len(row)))
        goods = np.minimum(order["goods"] // 4, cny // 4)
        refund(
            rng,
            payments,
            hit,
            cny=goods,
            requested_at=soon,
            of=component("goods"),
            why=reason("short_delivery"),
        )
        refund(rng, payments, hit, cny=cny // 3, requested_at=later, why=reason("goodwill"))
        start, end = end, end + rate("purchase", 0.006, 10)
        disputed = first & (cases >= start) & (cases < end)
        disputed &= (payments["method"] == CARD) | (payments["method"] == PAYPAL)
        long_after = after(payments["ended_at"], between(rng, 6 * DAY_SECONDS, 45 * DAY_SECONDS, len(row)))
        refund(
            rng, payments, disputed, cny=cny, requested_at=long_after, why=reason("dispute"), chargeback=True
        )
        start, end = end, end + rate("purchase", 0.008)
        hit = first & (cases >= start) & (cases < end)
        refund(rng, payments, hit, cny=cny, requested_at=soon, why=reason("quality_issue"), rejected=True)
        start, end = end, end + rate("purchase", 0.008)
        hit = alive & (cases >= start) & (cases < end)
        refund(rng, payments, hit, cny=cny, requested_at=soon, why=reason("quality_issue"))
        start, end = end, end + rate("purchase", 0.006, 20)
        hit = first & (cases >= start) & (cases < end)
        months = after(payments["ended_at"], between(rng, 32 * DAY_SECONDS, 100 * DAY_SECONDS, len(row)))
        refund(
            rng,
            payments,
            hit,
            cny=cny // 2,
            requested_at=months,
            of=component("goods"),
            why=reason("quality_issue"),
        )
        supplement = (
            (payments["purpose"] == 1)
            & ~cancelled
            & (self._chance.evenly("supplement refund", order["seq"]) < 0.08)
        )
        soon = after(payments["ended_at"], between(rng, DAY_SECONDS, 9 * DAY_SECONDS, len(row)))
        refund(
            rng,
            payments,
            supplement,
            cny=cny,
            requested_at=soon,
            of=component("supplement"),
            why=reason("goodwill"),
        )

    def _schedule(self, orders: Life, lines: Life) -> None:
        lines = dict(lines)
        row = lines.pop("row")
        lines["created_at"] = orders["created_at"][row]
        lines["late_days"] = orders["late_days"][row]
        self._deliveries.schedule("purchase_order_lines", lines, [lines["created_at"]], "purchase", 0.001)
        hidden = ("discount", "weight_g")
        life = {name: column for name, column in orders.items() if name not in hidden}
        changes = [
            life[name]
            for name in (
                "created_at", "paid_at", "purchasing_at", "purchased_at", "received_at", "stored_at",
                "completed_at", "cancelled_at", "cost_known_at",
            )
        ]  # fmt: skip
        # Nothing of a cancelled order's plan happens after the cancellation.
        ends = life["cancelled_at"]
        changes = [only(instants <= ends, instants) for instants in changes]
        self._deliveries.schedule("purchase_orders", life, changes, "purchase", 0.003)


def render_orders(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `purchase_orders` feed; instants with Shanghai's offset."""
    stages = ("paid_at", "purchasing_at", "purchased_at", "received_at", "stored_at", "completed_at")
    cancelled = life["cancelled_at"] <= seen_at
    limit = np.minimum(seen_at, life["cancelled_at"])
    status = np.zeros(len(seen_at), np.int8)
    for stage in stages:
        status += life[stage] <= limit
    status = np.where(cancelled, STATUSES.index("cancelled"), status)

    def instant(name: str) -> pa.Array:
        return text.instants(np.where(life[name] <= limit, life[name], NEVER), "offset")

    return {
        "order_id": text.ids("PO", life["seq"]),
        "user_id": text.ids("U", life["user"]),
        "platform": text.codes(PLATFORMS, life["platform"]),
        "created_at": text.instants(life["created_at"], "offset"),
        "status": text.codes(STATUSES, status),
        "goods_cny": text.decimals(life["goods"]),
        "domestic_freight_cny": text.decimals(life["freight"]),
        "service_fee_cny": text.decimals(life["service_fee"]),
        "discount_cny": text.decimals(life["discount_shown"]),
        "purchase_cost_cny": text.decimals(np.where(life["cost_known_at"] <= limit, life["cost"], UNKNOWN)),
        "purchased_at": instant("purchased_at"),
        "stored_at": instant("stored_at"),
        "completed_at": instant("completed_at"),
        "cancelled_at": instant("cancelled_at"),
        "cancel_reason": text.codes(CANCEL_REASONS, np.where(cancelled, life["cancel_reason"], -1)),
        "is_test": text.booleans(life["is_test"]),
        "updated_at": text.instants(seen_at, "offset"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }


def render_lines(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `purchase_order_lines` feed; naive instants (Shanghai wall clock)."""
    return {
        "order_id": text.ids("PO", life["seq"]),
        "line_no": text.integers(life["line_no"]),
        "seller_id": text.ids("SELLER", life["seller"]),
        "category": text.codes(_CATEGORIES, life["product"]),
        "title": text.codes(_TITLES, life["product"]),
        "quantity": text.integers(life["quantity"]),
        "unit_price_cny": text.decimals(life["price"]),
        "updated_at": text.instants(seen_at, "naive"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }
