"""The platform's life, business day by business day, and what it delivers at the end of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from ingest.contract.feeds import FEEDS
from ingest.simulator import (
    flaws,
    forwarding,
    payments,
    people,
    purchases,
    refunds,
    services,
    settlements,
    shipping_lines,
    traffic,
)
from ingest.simulator.backoffice import Backoffice
from ingest.simulator.chance import Chance
from ingest.simulator.config import SimulatorConfig, as_of, day_date
from ingest.simulator.exchange import Exchange
from ingest.simulator.rhythm import instants_of_day, orders_by_day
from ingest.simulator.text import Array
from ingest.simulator.versions import Deliveries, Life

_RENDERERS: dict[str, Callable[[Life, Array], dict[str, pa.Array]]] = {
    "users": people.render,
    "purchase_orders": purchases.render_orders,
    "purchase_order_lines": purchases.render_lines,
    "forwarding_orders": forwarding.render_orders,
    "forwarding_boxes": forwarding.render_boxes,
    "service_orders": services.render,
    "payments": payments.render,
    "refunds": refunds.render,
    "settlements": settlements.render,
}
_TOPUPS_PER_PURCHASE_ORDER = 0.06


@dataclass(frozen=True)
class DayBatch:
    """What the platform delivers by the end of one business day: one table per feed, every column text.

    `as_of` is that end: the next midnight in Asia/Shanghai, in UTC. Every feed is present; one with nothing
    to deliver has no rows.
    """

    business_date: date
    as_of: datetime
    feeds: dict[str, pa.Table]


def simulate(config: SimulatorConfig) -> Iterator[DayBatch]:
    """Yields one `DayBatch` per business day of the window, in order.

    The same configuration yields the same bytes. Only lives that are still to be delivered are kept in
    memory.

    Raises ValueError if the bundled exchange rates do not reach the end of the window.
    """
    platform = _Platform(config)
    for day in range(config.life_start_day, config.last_day + 1):
        platform.live(day)
        if day >= config.first_day:
            yield DayBatch(day_date(day), as_of(day), platform.deliver(day))


class _Platform:
    def __init__(self, config: SimulatorConfig) -> None:
        self._config = config
        orders = config.purchase_order_count
        self._chance = Chance(
            config.seed,
            {
                "user": config.user_count,
                "purchase": orders,
                "forwarding": orders // 3,
                "service": orders // 8,
                "payment": orders * 3 // 2,
                "refund": orders // 6,
                "topup": round(orders * _TOPUPS_PER_PURCHASE_ORDER),
            },
        )
        self._kept_back: dict[str, list[pa.Table]] = defaultdict(list)
        self._orders_by_day = orders_by_day(config)
        self._exchange = Exchange(config)
        self._deliveries = Deliveries(config, self._chance)
        self._people = people.People(config, self._chance, self._deliveries)
        self._payments = payments.Payments(
            config, self._chance, self._deliveries, self._people, self._exchange
        )
        self._settlements = settlements.Settlements(self._chance, self._deliveries, self._exchange)
        self._refunds = refunds.Refunds(self._chance, self._deliveries, self._payments, self._settlements)
        office = Backoffice(
            self._chance, self._deliveries, self._people, self._payments, self._settlements, self._refunds
        )
        self._purchases = purchases.Purchases(office)
        self._services = services.Services(office)
        self._forwarding = forwarding.Forwarding(office, config)

    def live(self, day: int) -> None:
        """Everything that is ordered on a day, with all that will follow from it."""
        rng = self._chance.generator("day", day)
        order_count = int(self._orders_by_day[day - self._config.life_start_day])
        if order_count:
            stored = self._purchases.place(rng, day, order_count)
            self._services.order_for_stored(rng, stored)
            self._forwarding.shelve(rng, stored)
            self._top_up(rng, day, order_count)
        parcels = self._forwarding.submit(rng, day)
        if parcels is not None:
            self._services.order_for_parcels(rng, parcels)
        self._refunds.close_day(rng)
        self._payments.close_day(day)

    def _top_up(self, rng: np.random.Generator, day: int, order_count: int) -> None:
        count = int(rng.binomial(order_count, _TOPUPS_PER_PURCHASE_ORDER))
        if count == 0:
            return
        users, start = self._people.buyers(rng, day, instants_of_day(rng, np.full(count, day)))
        made = self._payments.topups(rng, users, start)
        self._settlements.settle_charges(rng, made)
        at = made["ended_at"] + rng.integers(86_400, 9 * 86_400, count)
        self._refunds.plan(
            rng, made, made["refunded"], cny=made["cny"], requested_at=at.astype(np.int32),
            why=refunds.reason("customer_changed_mind"), original_only=True,
        )  # fmt: skip

    def deliver(self, day: int) -> dict[str, pa.Table]:
        """What the platform delivers by the end of a day; a silent feed keeps its rows back."""
        feeds = self._due(day)
        for feed, rows in feeds.items():
            self._kept_back[feed].append(rows)
            if any(silence.feed == feed and silence.covers(day) for silence in self._config.silences):
                feeds[feed] = rows.slice(0, 0)
            else:
                feeds[feed] = pa.concat_tables(self._kept_back.pop(feed))
        return feeds

    def _due(self, day: int) -> dict[str, pa.Table]:
        feeds: dict[str, pa.Table] = {}
        for feed, declared in FEEDS.items():
            if feed == "fx_rates":
                feeds[feed] = self._exchange.delivered(day)
            elif feed == "shipping_lines":
                feeds[feed] = shipping_lines.delivered(self._config, day)
            elif feed == "traffic_daily":
                feeds[feed] = traffic.delivered(self._config, self._chance, self._orders_by_day, day)
            else:
                feeds[feed] = self._rows(feed, declared.column_names, day)
        if self._config.with_flaws:
            flaws.add_flaws(feeds, day - self._config.first_day, day)
        return feeds

    def _rows(self, feed: str, columns: tuple[str, ...], day: int) -> pa.Table:
        collected = self._deliveries.collect(day, feed)
        if collected is None:
            return pa.table({name: pa.array([], pa.string()) for name in columns})
        rendered = _RENDERERS[feed](*collected)
        return pa.table([rendered[name] for name in columns], names=list(columns))
