"""Journey 2: stored goods leave in parcels."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa

from ingest.simulator import text
from ingest.simulator.backoffice import Backoffice
from ingest.simulator.catalogue import (
    CHANGED_LINE,
    CHANGED_LINE_LATER,
    COUNTRY_CODES,
    COUNTRY_REGIONS,
    COUNTRY_WEIGHTS,
    FORWARDING,
    LINE_CODES,
    LINES,
    REGIONS,
    WAREHOUSE_WEIGHTS,
    WAREHOUSES,
    Line,
)
from ingest.simulator.chance import between, weighted
from ingest.simulator.config import DAY_SECONDS, SimulatorConfig
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
from ingest.simulator.shipping_lines import change_day
from ingest.simulator.text import NEVER, UNKNOWN, Array
from ingest.simulator.versions import Life, business_day, concat, is_deleted, take

STATUSES = (
    "packing", "awaiting_payment", "paid", "shipped", "delivered", "cancelled", "returned", "lost", "seized",
)  # fmt: skip
_CANCELLED = STATUSES.index("cancelled")
_ENDS = ("delivered", "returned", "lost", "seized")
# Odds of every line (columns) from every region (rows).
_LINE_ODDS = np.array([[line.weight * (region in line.regions) for line in LINES] for region in REGIONS])
_SUBMIT_EVERY_DAYS = 9
_BOX_LIMIT_G = 9_000


class Forwarding:
    def __init__(self, office: Backoffice, config: SimulatorConfig) -> None:
        self._change_day = change_day(config.first_day, config.day_count)
        self._chance = office.chance
        self._deliveries = office.deliveries
        self._people = office.people
        self._payments = office.payments
        self._settlements = office.settlements
        self._refunds = office.refunds
        self._shelf: dict[int, list[Life]] = defaultdict(list)
        self._seq = 0

    def shelve(self, rng: np.random.Generator, stored: Life) -> None:
        """Stored goods wait for the day on which their customer submits a parcel; some stay for ever."""
        count = len(stored["user"])
        stored_day = business_day(stored["stored_at"])
        # Every customer has a day on which they submit what has gathered, and some patience.
        wait = (stored["user"] - stored_day) % _SUBMIT_EVERY_DAYS + 1
        wait += np.where(rng.random(count) < 0.2, _SUBMIT_EVERY_DAYS, 0)
        stays = rng.random(count) < 0.08
        submit_day = np.where(stays, -1, stored_day + wait)
        for day in np.unique(submit_day[~stays]).tolist():
            self._shelf[day].append(take(stored, submit_day == day))

    def submit(self, rng: np.random.Generator, day: int) -> Life | None:
        """The parcel orders of a day: one for each customer whose goods wait for it. Returns the orders."""
        waiting = self._shelf.pop(day, None)
        if not waiting:
            return None
        goods = concat(waiting)
        users, row = np.unique(goods["user"], return_inverse=True)
        count = len(users)
        seq = np.arange(self._seq, self._seq + count, dtype=np.int32)
        self._seq += count
        country = self._people.country[users]
        elsewhere = (country < 0) | (rng.random(count) < 0.07)
        country = np.where(elsewhere, weighted(rng, COUNTRY_WEIGHTS, count), country)
        orders: Life = {
            "seq": seq,
            "user": users,
            "created_at": instants_of_day(rng, np.full(count, day)),
            "country": country,
            "warehouse": weighted(rng, WAREHOUSE_WEIGHTS, count),
            "line": self._choose_lines(rng, country),
            "is_test": self._people.is_test[users] & (rng.random(count) < 0.5)
            | self._chance.hits("test forwarding order", seq, "forwarding", 0.003),
        }
        net_g = np.bincount(row, weights=goods["weight_g"], minlength=count).astype(np.int64)
        value = np.bincount(row, weights=goods["goods"], minlength=count).astype(np.int64)
        orders["packed_at"] = in_working_hours(
            after(orders["created_at"], lognormal_seconds(rng, 14 * HOUR, 0.5, count)), orders["created_at"]
        )
        boxes = self._pack(rng, orders, net_g, day)
        self._price(rng, orders, value)
        self._ship(rng, orders, boxes)
        self._schedule(orders, boxes)
        return orders

    def _choose_lines(self, rng: np.random.Generator, country: Array) -> Array:
        odds = np.cumsum(_LINE_ODDS, axis=1)[COUNTRY_REGIONS[country]]
        draw = rng.random(len(country)) * odds[:, -1]
        return (draw[:, None] >= odds).sum(axis=1).astype(np.int8)

    def _line_parameters(self, day: int) -> list[Line]:
        lines = list(LINES)
        if day >= self._change_day:
            lines[CHANGED_LINE] = CHANGED_LINE_LATER
        return lines

    def _pack(self, rng: np.random.Generator, orders: Life, net_g: Array, day: int) -> Life:
        """One to three boxes an order; adds the order's freight in fen."""
        count = len(net_g)
        extra = (self._chance.evenly("extra box", orders["seq"]) < 0.05).astype(np.int64)
        box_count = np.minimum(1 + net_g // _BOX_LIMIT_G + extra, 3)
        row = np.repeat(np.arange(count), box_count)
        starts = np.cumsum(box_count) - box_count
        total = len(row)
        weight = net_g[row] // box_count[row] + between(rng, 60, 400, total)
        # 3 to 9 litres a kilogram: light parcels are charged by volume.
        volume_mm3 = weight * between(rng, 2_800, 8_500, total)
        side = np.cbrt(volume_mm3.astype(float))
        length = (side * (1.15 + 0.5 * rng.random(total))).astype(np.int64) + 1
        width = side.astype(np.int64) + 1
        height = volume_mm3 // (length * width) + 1
        unmeasured = self._chance.evenly("box not measured", orders["seq"])[row] < 0.03
        lines = self._line_parameters(day)
        divisor, first_g, first_fee, step_g, step_fee = (
            np.array([getattr(line, name) or 0 for line in lines])[orders["line"][row]]
            for name in (
                "volumetric_divisor",
                "first_weight_g",
                "first_fee_fen",
                "step_weight_g",
                "step_fee_fen",
            )
        )
        by_volume = np.where(
            (divisor > 0) & ~unmeasured, length * width * height // np.maximum(divisor, 1), 0
        )
        chargeable = np.maximum(weight, by_volume)
        steps = -(-np.maximum(chargeable - first_g, 0) // np.maximum(step_g, 1))
        fee = first_fee + steps * step_fee
        orders["freight"] = np.add.reduceat(fee, starts)
        dimensions = [np.where(unmeasured, UNKNOWN, size) for size in (length, width, height)]
        carrier_lag = between(rng, DAY_SECONDS, 9 * DAY_SECONDS, total)
        return {
            "row": row,
            "seq": orders["seq"][row],
            "box_no": np.arange(total) - starts[row] + 1,
            "tracking": rng.integers(0, 2**31 - 1, total, dtype=np.int64),
            "weight_g": weight,
            "length_mm": dimensions[0],
            "width_mm": dimensions[1],
            "height_mm": dimensions[2],
            "carrier_cost": fee * between(rng, 68, 92, total) // 100,
            "carrier_lag": carrier_lag,
            "carrier_cost_lost": rng.random(total) < 0.03,
        }

    def _price(self, rng: np.random.Generator, orders: Life, value: Array) -> None:
        count = len(value)
        odds = rng.random((5, count))
        # Before it is packed the customer sees an estimate.
        orders["estimate"] = orders["freight"] * between(rng, 75, 120, count) // 100
        orders["surcharge"] = np.where(odds[0] < 0.12, between(rng, 10, 60, count) * 100, 0)
        orders["insurance"] = np.where(odds[1] < 0.2, value * 15 // 1000 + 100, 0)
        orders["customs"] = np.where(odds[2] < 0.08, value * 6 // 100 + 500, UNKNOWN)
        orders["service"] = np.where(odds[3] < 0.2, between(rng, 5, 40, count) * 100, 0)
        orders["discount"] = np.where(odds[4] < 0.15, np.minimum(orders["freight"] // 10, 5_000), 0)
        free = self._chance.hits("parcel free", orders["seq"], "forwarding", 0.002, 3)
        bill = self._bill(orders)
        orders["discount"] = np.where(free, bill, orders["discount"])

    @staticmethod
    def _bill(orders: Life) -> Array:
        return np.asarray(
            orders["freight"]
            + orders["surcharge"]
            + orders["insurance"]
            + np.where(orders["customs"] == UNKNOWN, 0, orders["customs"])
            + orders["service"]
        )

    def _ship(self, rng: np.random.Generator, orders: Life, boxes: Life) -> None:
        """Payment, shipping, the end of the journey; supplements and refunds."""
        chance = self._chance
        count = len(orders["seq"])
        seq, packed_at = orders["seq"], orders["packed_at"]
        due = np.maximum(self._bill(orders) - orders["discount"], 0)
        outcome = chance.evenly("forwarding outcome", seq)
        pays = outcome >= 0.04
        slow = rng.random(count) < 0.2
        lag = np.where(
            slow,
            between(rng, DAY_SECONDS, 4 * DAY_SECONDS, count),
            lognormal_seconds(rng, 2 * HOUR, 1.0, count),
        )
        carrier = {**orders, "created_at": packed_at}
        attempts, paid_at = self._payments.pay_orders(
            rng, FORWARDING, carrier, due, only(pays, after(packed_at, lag))
        )
        paid = paid_at != NEVER
        orders["paid_at"] = paid_at
        stopped = paid & (outcome > 0.985)
        orders["cancelled_at"] = np.select(
            [~paid, stopped],
            [
                after(packed_at, between(rng, 6 * DAY_SECONDS, 12 * DAY_SECONDS, count)),
                after(paid_at, between(rng, HOUR, 12 * HOUR, count)),
            ],
            default=NEVER,
        ).astype(np.int32)
        shipped_at = in_working_hours(after(paid_at, lognormal_seconds(rng, 16 * HOUR, 0.5, count)), paid_at)
        orders["shipped_at"] = only(~stopped, shipped_at)
        promised = np.array([line.promised_days for line in LINES])[orders["line"]]
        transit = promised * 0.72 * np.exp(0.33 * rng.standard_normal(count)) * DAY_SECONDS
        fate = chance.evenly("parcel fate", seq)
        steps = np.cumsum([chance.rate("forwarding", share, 9) for share in (0.008, 0.004, 0.004)])
        end = np.select([fate < step for step in steps], [1, 2, 3], default=0)
        transit = np.where(end > 0, np.minimum(transit, 9 * DAY_SECONDS), transit).astype(np.int64)
        orders["end"] = end.astype(np.int8)
        orders["ended_at"] = after(orders["shipped_at"], transit)
        late = chance.hits("forwarding order delivered late", seq, "forwarding", 0.008)
        orders["late_days"] = np.where(late, 1 + seq % 4, 0).astype(np.int8)

        heavier = chance.hits("re-weighed heavier", seq, "forwarding", 0.05) & (orders["shipped_at"] != NEVER)
        attempts.append(
            self._payments.supplements(
                rng,
                FORWARDING,
                orders,
                rows=np.flatnonzero(heavier),
                cny=np.maximum(orders["freight"][heavier] * between(rng, 4, 20, heavier.sum()) // 100, 100),
                start=after(
                    orders["shipped_at"][heavier], between(rng, 3 * HOUR, 3 * DAY_SECONDS, heavier.sum())
                ),
            )
        )
        payments = self._payments.mint(rng, attempts)
        self._settlements.settle_charges(rng, payments)
        self._refund(rng, orders, payments)
        boxes["carrier_cost_at"] = np.where(
            boxes["carrier_cost_lost"],
            NEVER,
            after(orders["shipped_at"][boxes["row"]], boxes["carrier_lag"]),
        )

    def _refund(self, rng: np.random.Generator, orders: Life, payments: Life) -> None:
        row = payments["row"]
        order = {name: column[row] for name, column in orders.items()}
        cny = payments["cny"]
        count = len(row)
        refund = self._refunds.plan
        cancelled = order["cancelled_at"] != NEVER
        at = after(order["cancelled_at"], between(rng, MINUTE, 10 * HOUR, count))
        refund(rng, payments, cancelled, cny=cny, requested_at=at, why=reason("customer_changed_mind"))
        first = first_of_order(payments) & ~cancelled & (order["paid_at"] != NEVER)
        arrived = order["end"] == 0
        cases = self._chance.evenly("forwarding refund", order["seq"])
        lighter = first & arrived & (cases < 0.09)
        at = after(order["shipped_at"], between(rng, 2 * HOUR, 4 * DAY_SECONDS, count))
        amount = np.minimum(order["freight"] * between(rng, 2, 18, count) // 100, cny * 8 // 10)
        why = reason("freight_reweighed")
        refund(rng, payments, lighter, cny=amount, requested_at=at, of=component("freight"), why=why)
        start = 0.09
        for name in ("surcharge", "insurance", "customs", "service"):
            charged = np.where(order[name] == UNKNOWN, 0, order[name])
            hit = (
                first
                & arrived
                & (cases >= start)
                & (cases < start + self._chance.rate("forwarding", 0.01, 12))
            )
            start += self._chance.rate("forwarding", 0.01, 12)
            amount = np.minimum(charged, cny * 8 // 10)
            refund(
                rng, payments, hit, cny=amount, requested_at=at, of=component(name), why=reason("fee_waived")
            )
        disputed = first & arrived & (cases > 1 - self._chance.rate("forwarding", 0.005))
        disputed &= (payments["method"] == CARD) | (payments["method"] == PAYPAL)
        at = after(payments["ended_at"], between(rng, 5 * DAY_SECONDS, 30 * DAY_SECONDS, count))
        refund(rng, payments, disputed, cny=cny, requested_at=at, why=reason("dispute"), chargeback=True)
        at = after(order["ended_at"], between(rng, HOUR, 3 * DAY_SECONDS, count))
        lost = (order["end"] == _ENDS.index("lost")) & ~cancelled
        refund(rng, payments, lost, cny=cny, requested_at=at, why=reason("parcel_lost"))
        back = first & (order["end"] == _ENDS.index("returned"))
        amount = np.minimum(order["freight"] // 2, cny // 2)
        why = reason("parcel_returned")
        refund(rng, payments, back, cny=amount, requested_at=at, of=component("freight"), why=why)
        seized = first & (order["end"] == _ENDS.index("seized"))
        refund(rng, payments, seized, cny=cny // 5, requested_at=at, why=reason("parcel_seized"))
        supplement = (
            (payments["purpose"] == 1)
            & ~lost
            & (self._chance.evenly("parcel supplement", order["seq"]) < 0.08)
        )
        at = after(payments["ended_at"], between(rng, DAY_SECONDS, 9 * DAY_SECONDS, count))
        refund(rng, payments, supplement, cny=cny // 2, requested_at=at, why=reason("goodwill"))

    def _schedule(self, orders: Life, boxes: Life) -> None:
        row = boxes["row"]
        hidden = ("row", "carrier_lag", "carrier_cost_lost")
        boxes = {name: column for name, column in boxes.items() if name not in hidden}
        boxes["packed_at"] = orders["packed_at"][row]
        boxes["late_days"] = orders["late_days"][row]
        self._deliveries.schedule(
            "forwarding_boxes", boxes, [boxes["packed_at"], boxes["carrier_cost_at"]], "forwarding", 0.001
        )
        names = ("created_at", "packed_at", "paid_at", "shipped_at", "ended_at", "cancelled_at")
        changes = [only(orders[name] <= orders["cancelled_at"], orders[name]) for name in names]
        self._deliveries.schedule("forwarding_orders", dict(orders), changes, "forwarding", 0.003)


def render_orders(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `forwarding_orders` feed; instants with Shanghai's offset."""
    packed = life["packed_at"] <= seen_at
    ended = life["ended_at"] <= seen_at
    ends = np.array([STATUSES.index(end) for end in _ENDS], np.int8)[life["end"]]
    status = (
        packed.astype(np.int8) + (packed & (life["paid_at"] <= seen_at)) + (life["shipped_at"] <= seen_at)
    )
    status = np.where(ended, ends, status)
    status = np.where(life["cancelled_at"] <= seen_at, _CANCELLED, status)

    def instant(name: str, condition: Array | bool = True) -> pa.Array:
        return text.instants(np.where((life[name] <= seen_at) & condition, life[name], NEVER), "offset")

    return {
        "order_id": text.ids("FO", life["seq"]),
        "user_id": text.ids("U", life["user"]),
        "warehouse_code": text.codes(WAREHOUSES, life["warehouse"]),
        "line_code": text.codes(LINE_CODES, life["line"]),
        "destination_country": text.codes(COUNTRY_CODES, life["country"]),
        "created_at": text.instants(life["created_at"], "offset"),
        "status": text.codes(STATUSES, status),
        "freight_cny": text.decimals(np.where(packed, life["freight"], life["estimate"])),
        "surcharge_cny": text.decimals(life["surcharge"]),
        "insurance_cny": text.decimals(life["insurance"]),
        "customs_cny": text.decimals(life["customs"]),
        "service_cny": text.decimals(life["service"]),
        "discount_cny": text.decimals(life["discount"]),
        "packed_at": instant("packed_at"),
        "shipped_at": instant("shipped_at"),
        "delivered_at": instant("ended_at", life["end"] == 0),
        "cancelled_at": instant("cancelled_at"),
        "is_test": text.booleans(life["is_test"]),
        "updated_at": text.instants(seen_at, "offset"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }


def render_boxes(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `forwarding_boxes` feed; naive instants (Shanghai wall clock)."""
    known = life["carrier_cost_at"] <= seen_at
    return {
        "order_id": text.ids("FO", life["seq"]),
        "box_no": text.integers(life["box_no"]),
        "tracking_number": text.ids("TN", life["tracking"]),
        "actual_weight_g": text.integers(life["weight_g"]),
        "length_mm": text.integers(life["length_mm"]),
        "width_mm": text.integers(life["width_mm"]),
        "height_mm": text.integers(life["height_mm"]),
        "carrier_cost_cny": text.decimals(np.where(known, life["carrier_cost"], UNKNOWN)),
        "updated_at": text.instants(seen_at, "naive"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }
