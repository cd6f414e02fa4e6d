"""Refunds and chargebacks: of components, of whole orders, of top-ups; some rejected, some months late."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ingest.simulator import text
from ingest.simulator.catalogue import CURRENCIES, CURRENCY_SCALES, REFUND_REASONS
from ingest.simulator.chance import Chance, between
from ingest.simulator.config import DAY_SECONDS
from ingest.simulator.payments import SUCCEEDED, WALLET, Payments
from ingest.simulator.rhythm import HOUR, after, only
from ingest.simulator.settlements import Settlements
from ingest.simulator.text import NEVER, UNKNOWN, Array
from ingest.simulator.versions import Deliveries, Life, concat, is_deleted, take

COMPONENTS = (
    "goods", "domestic_freight", "service_fee", "freight", "surcharge", "insurance", "customs", "service",
    "supplement",
)  # fmt: skip
UNNAMED = -1
_EARLIEST_SECONDS_AFTER_PAYMENT = 300
STATUSES = ("requested", "approved", "completed", "rejected")


def component(name: str) -> int:
    return COMPONENTS.index(name)


def reason(name: str) -> int:
    return REFUND_REASONS.index(name)


class Refunds:
    """Collects the refunds of one day's payments, then numbers and schedules them."""

    def __init__(
        self, chance: Chance, deliveries: Deliveries, payments: Payments, settlements: Settlements
    ) -> None:
        self._chance = chance
        self._deliveries = deliveries
        self._payments = payments
        self._settlements = settlements
        self._seq = 0
        self._planned: list[tuple[Life, Life]] = []

    def plan(
        self,
        rng: np.random.Generator,
        payments: Life,
        chosen: Array,
        *,
        cny: Array,
        requested_at: Array,
        of: int = UNNAMED,
        why: Array | int = -1,
        chargeback: bool = False,
        rejected: bool = False,
        original_only: bool = False,
    ) -> None:
        """One refund for each chosen payment (a mask); `cny`, `requested_at` and `why` by payment."""
        rows = np.flatnonzero(chosen & (payments["final"] == SUCCEEDED) & (cny > 0) & (requested_at != NEVER))
        if len(rows) == 0:
            return
        paid = take(payments, rows)
        count = len(rows)
        requested = np.maximum(requested_at[rows], paid["ended_at"] + _EARLIEST_SECONDS_AFTER_PAYMENT)
        approved = after(requested, between(rng, HOUR, 2 * DAY_SECONDS, count))
        done = after(approved, between(rng, HOUR // 2, 2 * DAY_SECONDS, count))
        if chargeback:
            approved = done = requested
        to_wallet = (rng.random(count) < 0.25) & (not (chargeback or original_only)) | (
            paid["method"] == WALLET
        )
        plan: Life = {
            "payment": paid["seq"],
            "component": np.full(count, of, np.int8),
            "reason": np.broadcast_to(np.asarray(why), len(chosen))[rows].astype(np.int8),
            "requested_at": requested.astype(np.int32),
            "approved_at": only(np.full(count, not rejected), approved),
            "completed_at": only(np.full(count, not rejected), done),
            "rejected_at": only(np.full(count, rejected), done),
            "wallet": to_wallet.astype(np.int8),
            "amount_cny": cny[rows].astype(np.int64),
            "currency": paid["currency"],
            "amount": np.where(
                rng.random(count) < 0.3,
                UNKNOWN,
                np.minimum(paid["amount"] * cny[rows] // np.maximum(paid["cny"], 1), paid["amount"]),
            ),
            "is_chargeback": np.full(count, chargeback),
        }
        self._planned.append((paid, plan))

    def close_day(self, rng: np.random.Generator) -> None:
        """Numbers and schedules what was planned; credits wallets; settles with the providers."""
        if not self._planned:
            return
        common = set(self._planned[0][0])
        for paid, _ in self._planned:
            common &= set(paid)
        payments = concat([{name: paid[name] for name in sorted(common)} for paid, _ in self._planned])
        life = concat([plan for _, plan in self._planned])
        self._planned = []
        count = len(life["payment"])
        life["seq"] = np.arange(self._seq, self._seq + count, dtype=np.int32)
        self._seq += count
        unexplained = self._chance.hits("refund without reason", life["seq"], "refund", 0.04)
        life["reason"] = np.where(unexplained, -1, life["reason"])
        credited = (life["wallet"] == 1) & (life["completed_at"] != NEVER)
        self._payments.credit(
            payments["user"][credited], life["amount_cny"][credited], life["completed_at"][credited]
        )
        self._settlements.settle_refunds(rng, payments, life)
        late = self._chance.hits("refund delivered late", life["seq"], "refund", 0.01)
        life["late_days"] = np.where(late, 1 + life["seq"] % 5, 0).astype(np.int8)
        changes = [life[name] for name in ("requested_at", "approved_at", "completed_at", "rejected_at")]
        self._deliveries.schedule("refunds", life, changes, "refund", 0.002)


def render(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `refunds` feed; instants with Shanghai's offset."""
    status = (life["approved_at"] <= seen_at).astype(np.int8) + (life["completed_at"] <= seen_at)
    status = np.where(life["rejected_at"] <= seen_at, 3, status)
    return {
        "refund_id": text.ids("RF", life["seq"]),
        "payment_id": text.ids("PAY", life["payment"]),
        "component": text.codes(COMPONENTS, life["component"]),
        "reason": text.codes(REFUND_REASONS, life["reason"]),
        "requested_at": text.instants(life["requested_at"], "offset"),
        "completed_at": text.instants(
            np.where(life["completed_at"] <= seen_at, life["completed_at"], NEVER), "offset"
        ),
        "destination": text.codes(("original", "wallet"), life["wallet"]),
        "status": text.codes(STATUSES, status),
        "amount_cny": text.decimals(life["amount_cny"]),
        "currency_code": text.codes(CURRENCIES, life["currency"]),
        "amount": text.amounts(life["amount"], CURRENCY_SCALES[life["currency"]]),
        "is_chargeback": text.booleans(life["is_chargeback"]),
        "updated_at": text.instants(seen_at, "offset"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }
