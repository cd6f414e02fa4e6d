"""Payments: how orders, supplements and top-ups are paid, attempt by attempt and tender by tender."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from ingest.simulator import text
from ingest.simulator.catalogue import (
    CNY,
    CURRENCIES,
    CURRENCY_SCALES,
    ORDER_ID_PREFIXES,
    ORDER_TYPES,
    TOPUP,
)
from ingest.simulator.chance import Chance, between, weighted
from ingest.simulator.config import SimulatorConfig
from ingest.simulator.exchange import Exchange
from ingest.simulator.people import People
from ingest.simulator.rhythm import HOUR, MINUTE, after, only
from ingest.simulator.text import NEVER, UNKNOWN, Array
from ingest.simulator.versions import Deliveries, Life, business_day, concat, is_deleted

METHODS = ("card", "paypal", "alipay", "wechat", "bank_transfer", "wallet", "other")
CARD, PAYPAL, ALIPAY, WECHAT, BANK, WALLET, OTHER = range(7)
PURPOSES = ("order", "supplement", "topup")
STATUSES = ("initiated", "pending_review", "succeeded", "failed", "expired")
SUCCEEDED, FAILED, EXPIRED = 2, 3, 4

_TXN_PREFIXES = ("ch_", "PAYID-", "AL", "WX")
# What the platform adds to the official rate when it quotes a price in the customer's currency.
_MARK_UP = 1.03
_FOREIGN_METHOD_WEIGHTS = (52, 34, 0, 0, 0, 0, 3)
_CNY_METHOD_WEIGHTS = (0, 0, 60, 40, 0, 0, 0)
_PERMILLE_FEES = np.array([29, 34, 6, 6, 0, 0, 10], np.int64)
_TENDER_ODDS = {
    "two_tenders": 0.03,
    "two_days": 0.03,
    "failed_first": 0.06,
    "expired_first": 0.02,
    "reviewed": 0.04,
    "overpaid": 0.012,
}


class Payments:
    """Plans and delivers payments. Amounts in fen; `row` is the row of the order among those given."""

    def __init__(
        self,
        config: SimulatorConfig,
        chance: Chance,
        deliveries: Deliveries,
        people: People,
        exchange: Exchange,
    ) -> None:
        self._chance = chance
        self._deliveries = deliveries
        self._people = people
        self._exchange = exchange
        self._seq = 0
        self._last_day = config.last_day
        self._credits: dict[int, list[tuple[Array, Array, Array]]] = defaultdict(list)

    def pay_orders(
        self, rng: np.random.Generator, order_type: int, orders: Life, due: Array, checkout_at: Array
    ) -> tuple[list[Life], Array]:
        """The `order` payments of orders whose customers check out at `checkout_at` (`NEVER`: do not).

        Returns the attempts, and the instant at which each order is paid (`NEVER` if it is not; its creation
        if nothing is due).
        """
        count = len(due)
        rows = np.arange(count)
        paying = (checkout_at != NEVER) & (due > 0)
        free = due <= 0
        paid_at = only(free, orders["created_at"])
        attempts: list[Life] = []

        def attempt(
            chosen: Array,
            cny: Array,
            start: Array,
            *,
            method: Array | None = None,
            final: Array | None = None,
            bonus: Array | None = None,
        ) -> Array:
            """Adds one attempt for each chosen row; returns the instants at which they end, by order row."""
            made = self._attempt(
                rng,
                order_type,
                orders,
                rows=rows[chosen],
                cny=cny[chosen],
                start=start[chosen],
                method=method,
                final=final,
                bonus=bonus,
            )
            attempts.append(made)
            ended = np.full(count, NEVER, np.int32)
            ended[chosen] = made["ended_at"]
            return ended

        spend, bonus = self._spend_wallet(rng, orders, due, paying)
        from_wallet = spend > 0
        wallet_end = attempt(
            from_wallet,
            spend,
            checkout_at,
            method=np.full(from_wallet.sum(), WALLET),
            bonus=bonus[from_wallet],
        )
        paid_at[from_wallet] = wallet_end[from_wallet]
        rest = np.where(paying, due - spend, 0)
        odds = self._chance.evenly(f"tender {order_type}", orders["seq"])
        case = np.searchsorted(np.cumsum(list(_TENDER_ODDS.values())), odds, side="right")
        is_case = {name: (rest > 0) & (case == i) for i, name in enumerate(_TENDER_ODDS)}
        plain = (rest > 0) & (case == len(_TENDER_ODDS))

        start = checkout_at.copy()
        first = is_case["failed_first"]
        failed_end = attempt(first, rest, start, final=np.full(first.sum(), FAILED))
        start[first] = after(failed_end[first], between(rng, MINUTE, 30 * MINUTE, first.sum()))
        first = is_case["expired_first"]
        expired_end = attempt(first, rest, start, final=np.full(first.sum(), EXPIRED))
        start[first] = after(expired_end[first], between(rng, MINUTE, 8 * HOUR, first.sum()))

        whole = plain | is_case["failed_first"] | is_case["expired_first"] | is_case["overpaid"]
        tip = between(rng, 1, 20, count) * 100
        end = attempt(whole, rest + np.where(is_case["overpaid"], tip, 0), start)
        paid_at[whole] = end[whole]

        reviewed = is_case["reviewed"]
        end = attempt(reviewed, rest, start, method=np.full(reviewed.sum(), BANK))
        paid_at[reviewed] = end[reviewed]

        part = np.maximum(rest * between(rng, 25, 75, count) // 100, 1)
        for name, low, high in (("two_tenders", 20, 6 * MINUTE), ("two_days", 14 * HOUR, 60 * HOUR)):
            both = is_case[name]
            end = attempt(both, part, start)
            paid_at[both] = end[both]
            both = both & (rest > part)
            later = after(end, between(rng, low, high, count))
            end = attempt(both, rest - part, later)
            paid_at[both] = end[both]

        self._try_without_paying(rng, orders, due, (checkout_at == NEVER) & (due > 0), attempt)
        return attempts, paid_at

    def _try_without_paying(
        self, rng: np.random.Generator, orders: Life, due: Array, tries: Array, attempt: Callable[..., Array]
    ) -> None:
        """Customers who do not pay still try: attempts fail, expire, or pay only a part."""
        if not tries.any():
            return
        start = after(orders["created_at"], between(rng, MINUTE, 3 * HOUR, len(due)))
        odds = self._chance.evenly("abandoned attempt", orders["seq"])
        fails, expires, partly = odds < 0.3, (odds >= 0.3) & (odds < 0.5), odds > 0.9
        attempt(tries & fails, due, start, final=np.full((tries & fails).sum(), FAILED))
        attempt(tries & expires, due, start, final=np.full((tries & expires).sum(), EXPIRED))
        attempt(tries & partly & (due > 1), due // 2, start)

    def _spend_wallet(
        self, rng: np.random.Generator, orders: Life, due: Array, paying: Array
    ) -> tuple[Array, Array]:
        """What each order takes from its customer's wallet, and the bonus in that; one order a day each."""
        people = self._people
        users = orders["user"]
        spend = np.zeros(len(due), np.int64)
        bonus = np.zeros(len(due), np.int64)
        candidates = np.flatnonzero(paying & (people.wallet[users] >= 500) & (rng.random(len(due)) < 0.8))
        _, firsts = np.unique(users[candidates], return_index=True)
        chosen = candidates[firsts]
        balance = people.wallet[users[chosen]]
        spend[chosen] = np.minimum(balance, due[chosen])
        bonus[chosen] = people.wallet_bonus[users[chosen]] * spend[chosen] // balance
        people.wallet[users[chosen]] -= spend[chosen]
        people.wallet_bonus[users[chosen]] -= bonus[chosen]
        return spend, bonus

    def _attempt(
        self,
        rng: np.random.Generator,
        order_type: int,
        orders: Life,
        *,
        rows: Array,
        cny: Array,
        start: Array,
        purpose: int = 0,
        method: Array | None = None,
        final: Array | None = None,
        bonus: Array | None = None,
    ) -> Life:
        count = len(rows)
        users = orders["user"][rows]
        currency = self._people.currency[users]
        if method is None:
            foreign = weighted(rng, _FOREIGN_METHOD_WEIGHTS, count)
            domestic = weighted(rng, _CNY_METHOD_WEIGHTS, count)
            method = np.where((currency == CNY) | (rng.random(count) < 0.06), domestic, foreign)
        currency = np.where((method == ALIPAY) | (method == WECHAT) | (method == WALLET), CNY, currency)
        final = np.full(count, SUCCEEDED) if final is None else final
        lag = between(rng, 8, 150, count)
        review_at = np.full(count, NEVER, np.int32)
        by_hand = (method == BANK) & (final == SUCCEEDED)
        review_at[by_hand] = after(start[by_hand], between(rng, 10 * MINUTE, 2 * HOUR, by_hand.sum()))
        lag = np.where(by_hand, between(rng, 16 * HOUR, 34 * HOUR, count), lag)
        lag = np.where(method == WALLET, 1, lag)
        lag = np.where(final == EXPIRED, between(rng, 30 * MINUTE, 2 * HOUR, count), lag)
        return {
            "row": rows,
            "order_type": np.full(count, order_type, np.int8),
            "order": orders["seq"][rows] if order_type != TOPUP else np.full(count, -1, np.int32),
            "user": users.astype(np.int32),
            "purpose": np.full(count, purpose, np.int8),
            "method": method.astype(np.int8),
            "final": final.astype(np.int8),
            "initiated_at": start.astype(np.int32),
            "review_at": review_at,
            "ended_at": after(start, lag),
            "cny": cny.astype(np.int64),
            "bonus": np.full(count, UNKNOWN, np.int64) if bonus is None else bonus,
            "currency": currency.astype(np.int8),
            "is_test": orders["is_test"][rows],
        }

    def supplements(
        self,
        rng: np.random.Generator,
        order_type: int,
        orders: Life,
        *,
        rows: Array,
        cny: Array,
        start: Array,
    ) -> Life:
        """Supplement payments of some orders: price differences, freight after re-weighing."""
        return self._attempt(rng, order_type, orders, rows=rows, cny=cny, start=start, purpose=1)

    def topups(self, rng: np.random.Generator, users: Array, start: Array) -> Life:
        """Wallet top-ups; at 500 CNY and above the platform grants 5 % bonus. Returns the minted payments."""
        count = len(users)
        cny = np.array([10_000, 20_000, 30_000, 50_000, 100_000, 200_000])[
            weighted(rng, (30, 25, 15, 15, 10, 5), count)
        ]
        final = np.where(rng.random(count) < 0.05, FAILED, SUCCEEDED)
        carrier: Life = {"user": users, "seq": users, "is_test": np.zeros(count, bool)}
        made = self.mint(
            rng,
            [
                self._attempt(
                    rng, TOPUP, carrier, rows=np.arange(count), cny=cny, start=start, purpose=2, final=final
                )
            ],
        )
        made["refunded"] = self._chance.hits("top-up refunded", made["seq"], "topup", 0.02)
        good = (made["final"] == SUCCEEDED) & ~made["refunded"]
        granted = np.where(cny >= 50_000, cny // 20, 0)
        self.credit(made["user"][good], (cny + granted)[good], made["ended_at"][good], granted[good])
        return made

    def credit(self, users: Array, cny: Array, at: Array, bonus: Array | None = None) -> None:
        """Puts money into wallets at the end of the business days of `at`."""
        days = business_day(at)
        bonus = np.zeros(len(users), np.int64) if bonus is None else bonus
        for day in np.unique(days[days <= self._last_day]).tolist():
            on_day = days == day
            self._credits[day].append((users[on_day], cny[on_day], bonus[on_day]))

    def close_day(self, day: int) -> None:
        """Applies the wallet credits of a day."""
        for users, cny, bonus in self._credits.pop(day, []):
            np.add.at(self._people.wallet, users, cny)
            np.add.at(self._people.wallet_bonus, users, bonus)

    def mint(self, rng: np.random.Generator, attempts: list[Life]) -> Life:
        """Numbers the attempts, prices them in their currency, and schedules their delivery."""
        life = concat(attempts)
        count = len(life["row"])
        seq = np.arange(self._seq, self._seq + count, dtype=np.int32)
        self._seq += count
        life["seq"] = seq
        currency, cny = life["currency"], life["cny"]
        foreign = currency != CNY
        rate = self._exchange.quoted(currency, business_day(life["initiated_at"]))
        per_unit = np.where(CURRENCY_SCALES[currency] == 0, 100.0, 1.0)
        life["amount"] = np.where(foreign, np.ceil(cny * _MARK_UP / rate / per_unit), cny).astype(np.int64)
        unquoted = np.where(foreign, self._chance.evenly("unquoted", seq) < 0.06, rng.random(count) < 0.1)
        life["amount_cny"] = np.where(unquoted & (life["method"] != WALLET), UNKNOWN, cny)
        fee = life["amount"] * _PERMILLE_FEES[life["method"]] // 1000 + np.where(
            life["method"] <= PAYPAL, 30, 0
        )
        life["fee"] = np.where(_PERMILLE_FEES[life["method"]] > 0, np.minimum(fee, life["amount"]), UNKNOWN)
        has_txn = (life["method"] <= WECHAT) & ~self._chance.hits("payment without txn", seq, "payment", 0.01)
        life["txn_method"] = np.where(has_txn, life["method"], -1).astype(np.int8)
        life["is_test"] = life["is_test"] | self._chance.hits("test payment", seq, "payment", 0.002)
        late = self._chance.hits("payment delivered late", seq, "payment", 0.008)
        life["late_days"] = np.where(late, 1 + seq % 6, 0).astype(np.int8)
        delivered = {name: column for name, column in life.items() if name not in ("row", "cny")}
        self._deliveries.schedule(
            "payments",
            delivered,
            [life["initiated_at"], life["review_at"], life["ended_at"]],
            "payment",
            0.002,
        )
        return life


def first_of_order(payments: Life) -> Array:
    """True for the earliest succeeded payment of each order row."""
    order = np.lexsort((payments["seq"], payments["ended_at"], payments["row"]))
    order = order[(payments["final"] == SUCCEEDED)[order] & (payments["purpose"] == 0)[order]]
    _, firsts = np.unique(payments["row"][order], return_index=True)
    is_first = np.zeros(len(payments["row"]), bool)
    is_first[order[firsts]] = True
    return is_first


def txn_ids(methods: Array, payment_seqs: Array) -> pa.StringArray:
    """The provider's transaction id; NULL where the method is negative."""
    number = text.ids("", np.where(methods >= 0, payment_seqs, -1))
    return pa.compute.binary_join_element_wise(text.codes(_TXN_PREFIXES, methods), number, "")


def order_ids(order_types: Array, seqs: Array) -> pa.StringArray:
    number = text.ids("", np.where(order_types >= 0, seqs, -1))
    return pa.compute.binary_join_element_wise(text.codes(ORDER_ID_PREFIXES, order_types), number, "")


def render(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `payments` feed; instants in UTC."""
    ended = life["ended_at"] <= seen_at
    succeeded = ended & (life["final"] == SUCCEEDED)
    status = np.where(ended, life["final"], (life["review_at"] <= seen_at).astype(np.int8))
    scales = CURRENCY_SCALES[life["currency"]]
    return {
        "payment_id": text.ids("PAY", life["seq"]),
        "user_id": text.ids("U", life["user"]),
        "order_type": text.codes(ORDER_TYPES, life["order_type"]),
        "order_id": order_ids(life["order_type"], life["order"]),
        "purpose": text.codes(PURPOSES, life["purpose"]),
        "method": text.codes(METHODS, life["method"]),
        "provider_txn_id": txn_ids(np.where(ended, life["txn_method"], -1), life["seq"]),
        "initiated_at": text.instants(life["initiated_at"], "utc"),
        "succeeded_at": text.instants(np.where(succeeded, life["ended_at"], NEVER), "utc"),
        "status": text.codes(STATUSES, status),
        "currency_code": text.codes(CURRENCIES, life["currency"]),
        "amount": text.amounts(life["amount"], scales),
        "amount_cny": text.decimals(life["amount_cny"]),
        "fee_amount": text.amounts(np.where(succeeded, life["fee"], UNKNOWN), scales),
        "bonus_cny": text.decimals(life["bonus"]),
        "is_test": text.booleans(life["is_test"]),
        "updated_at": text.instants(seen_at, "utc"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }
