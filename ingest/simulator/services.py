"""Beside both journeys: paid warehouse services, ordered alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ingest.simulator import text
from ingest.simulator.backoffice import Backoffice
from ingest.simulator.catalogue import FORWARDING, PURCHASE, SERVICE, SERVICE_CODES, SERVICES
from ingest.simulator.chance import between, weighted
from ingest.simulator.config import DAY_SECONDS
from ingest.simulator.payments import first_of_order, order_ids
from ingest.simulator.refunds import component, reason
from ingest.simulator.rhythm import HOUR, MINUTE, after, in_working_hours, lognormal_seconds, only
from ingest.simulator.text import NEVER, UNKNOWN, Array
from ingest.simulator.versions import Life, is_deleted, take

STATUSES = ("requested", "paid", "done", "cancelled")
_TARGET_TYPES = ("purchase_order", "forwarding_order")
_OF_STORED = 0.13
_OF_PARCELS = 0.06


class Services:
    def __init__(self, office: Backoffice) -> None:
        self._chance = office.chance
        self._deliveries = office.deliveries
        self._people = office.people
        self._payments = office.payments
        self._settlements = office.settlements
        self._refunds = office.refunds
        self._seq = 0

    def order_for_stored(self, rng: np.random.Generator, stored: Life) -> None:
        """Services on goods in the warehouse, hours to days after they are stored."""
        chosen = self._chance.evenly("service on goods", stored["seq"]) < _OF_STORED
        self._order(rng, PURCHASE, take(stored, chosen), stored["stored_at"][chosen])

    def order_for_parcels(self, rng: np.random.Generator, parcels: Life) -> None:
        """Services on parcels, while they are packed."""
        chosen = self._chance.evenly("service on parcel", parcels["seq"]) < _OF_PARCELS
        self._order(rng, FORWARDING, take(parcels, chosen), parcels["created_at"][chosen])

    def _order(self, rng: np.random.Generator, target_type: int, targets: Life, from_at: Array) -> None:
        chance = self._chance
        count = len(from_at)
        if count == 0:
            return
        seq = np.arange(self._seq, self._seq + count, dtype=np.int32)
        self._seq += count
        users = targets["user"]
        code = weighted(rng, [weight for _, _, weight in SERVICES], count)
        quantity = 1 + weighted(rng, (60, 25, 10, 5), count).astype(np.int64)
        fee = np.array([fee for _, fee, _ in SERVICES])[code] * quantity
        orders: Life = {
            "seq": seq,
            "user": users,
            "code": code,
            "quantity": quantity,
            "target_type": np.full(count, target_type, np.int8),
            "target": targets["seq"],
            "fee": fee,
            "created_at": after(from_at, lognormal_seconds(rng, 9 * HOUR, 0.9, count)),
            "is_test": self._people.is_test[users] & (rng.random(count) < 0.5)
            | chance.hits("test service order", seq, "service", 0.003, 3),
        }
        odds = chance.evenly("service discount", seq)
        free = odds < chance.rate("service", 0.01, 4)
        discount = np.where(free, fee, np.where(odds > 0.88, fee // 5, 0))
        orders["discount"] = np.where((discount == 0) & (rng.random(count) < 0.5), UNKNOWN, discount)
        due = fee - discount
        outcome = chance.evenly("service outcome", seq)
        lag = lognormal_seconds(rng, 10 * MINUTE, 1.2, count)
        attempts, paid_at = self._payments.pay_orders(
            rng, SERVICE, orders, due, only(outcome >= 0.08, after(orders["created_at"], lag))
        )
        paid = paid_at != NEVER
        stopped = paid & (outcome > 0.96)
        orders["paid_at"] = paid_at
        done = in_working_hours(after(paid_at, lognormal_seconds(rng, 6 * HOUR, 0.6, count)), paid_at)
        orders["done_at"] = only(~stopped, done)
        orders["cancelled_at"] = np.select(
            [~paid, stopped],
            [after(orders["created_at"], np.full(count, 3 * DAY_SECONDS)), after(paid_at, lag + HOUR)],
            default=NEVER,
        ).astype(np.int32)
        payments = self._payments.mint(rng, attempts)
        self._settlements.settle_charges(rng, payments)
        order = {name: column[payments["row"]] for name, column in orders.items()}
        first = first_of_order(payments)
        cancelled = order["cancelled_at"] != NEVER
        at = after(order["cancelled_at"], between(rng, MINUTE, 10 * HOUR, len(first)))
        cny = payments["cny"]
        why = reason("service_not_done")
        self._refunds.plan(
            rng, payments, cancelled, cny=cny, requested_at=at, of=component("service"), why=why
        )
        unhappy = first & ~cancelled & (self._chance.evenly("service refund", order["seq"]) < 0.06)
        at = after(order["done_at"], between(rng, HOUR, 5 * DAY_SECONDS, len(first)))
        why = reason("quality_issue")
        self._refunds.plan(rng, payments, unhappy, cny=cny // 2 + 1, requested_at=at, why=why)
        late = chance.hits("service order delivered late", seq, "service", 0.01, 4)
        orders["late_days"] = np.where(late, 1 + seq % 3, 0).astype(np.int8)
        names = ("created_at", "paid_at", "done_at", "cancelled_at")
        changes = [only(orders[name] <= orders["cancelled_at"], orders[name]) for name in names]
        self._deliveries.schedule("service_orders", orders, changes, "service", 0.003)


def render(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `service_orders` feed; naive instants (Shanghai wall clock)."""
    status = (life["paid_at"] <= seen_at).astype(np.int8) + (life["done_at"] <= seen_at)
    status = np.where(life["cancelled_at"] <= seen_at, STATUSES.index("cancelled"), status)

    def instant(name: str) -> pa.Array:
        return text.instants(np.where(life[name] <= seen_at, life[name], NEVER), "naive")

    return {
        "order_id": text.ids("SO", life["seq"]),
        "user_id": text.ids("U", life["user"]),
        "service_code": text.codes(SERVICE_CODES, life["code"]),
        "quantity": text.integers(life["quantity"]),
        "target_type": text.codes(_TARGET_TYPES, life["target_type"]),
        "target_id": order_ids(life["target_type"], life["target"]),
        "fee_cny": text.decimals(life["fee"]),
        "discount_cny": text.decimals(life["discount"]),
        "created_at": text.instants(life["created_at"], "naive"),
        "done_at": instant("done_at"),
        "cancelled_at": instant("cancelled_at"),
        "status": text.codes(STATUSES, status),
        "is_test": text.booleans(life["is_test"]),
        "updated_at": text.instants(seen_at, "naive"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }
