"""Settlements: what the payment providers pay out, days later and at a rate of their own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ingest.simulator import text
from ingest.simulator.catalogue import CNY, CURRENCIES, CURRENCY_SCALES
from ingest.simulator.chance import Chance, between
from ingest.simulator.config import DAY_SECONDS
from ingest.simulator.exchange import Exchange
from ingest.simulator.payments import SUCCEEDED, WALLET, txn_ids
from ingest.simulator.rhythm import HOUR, after, lognormal_seconds
from ingest.simulator.text import NEVER, UNKNOWN, Array
from ingest.simulator.versions import Deliveries, Life, business_day, concat, is_deleted, take

TYPES = ("charge", "refund", "fee", "chargeback")
CHARGE, REFUND, FEE, CHARGEBACK = range(4)
_DISPUTE_FEE = 1500
_NEVER_MATCHED_EVERY = 7
_NAMED_EVERY = 20


class Settlements:
    def __init__(self, chance: Chance, deliveries: Deliveries, exchange: Exchange) -> None:
        self._chance = chance
        self._deliveries = deliveries
        self._exchange = exchange
        self._seq = 0

    def settle_charges(self, rng: np.random.Generator, payments: Life) -> None:
        """`charge` lines of succeeded payments: days later, never, or in two lines.

        What has no provider transaction (bank transfers, other methods) is settled by a line that names the
        payment, or by none: such a payment can never be matched.
        """
        seq = payments["seq"]
        open_for_ever = self._chance.hits("never settled", seq, "payment", 0.03)
        by_transaction = (payments["txn_method"] >= 0) & ~open_for_ever
        by_payment = (payments["txn_method"] < 0) & (payments["method"] != WALLET)
        by_payment &= seq % _NEVER_MATCHED_EVERY > 0
        succeeded = payments["final"] == SUCCEEDED
        self._charge(rng, take(payments, succeeded & by_transaction))
        self._charge(
            self._chance.generator("settled by payment", self._seq), take(payments, succeeded & by_payment)
        )

    def _charge(self, rng: np.random.Generator, paid: Life) -> None:
        count = len(paid["seq"])
        slow = rng.random(count) < 0.06
        lag = np.where(
            slow,
            between(rng, 8 * DAY_SECONDS, 25 * DAY_SECONDS, count),
            between(rng, 40 * HOUR, 5 * DAY_SECONDS, count),
        )
        settled_at = after(paid["ended_at"], lag)
        fee = np.where(paid["fee"] == UNKNOWN, 0, paid["fee"])
        split = self._chance.hits("settled in two lines", paid["seq"], "payment", 0.03) & (paid["amount"] > 1)
        first = np.where(split, paid["amount"] * 6 // 10, paid["amount"])
        fee = np.minimum(fee, first)
        second_at = after(settled_at, between(rng, 6 * HOUR, 2 * DAY_SECONDS, count))
        lines = [
            self._lines(paid, CHARGE, settled_at, first, fee),
            self._lines(take(paid, split), CHARGE, second_at[split], (paid["amount"] - first)[split], 0),
        ]
        self._deliver(rng, concat(lines))

    def settle_refunds(self, rng: np.random.Generator, payments: Life, refunds: Life) -> None:
        """What the provider takes back for completed refunds (row by row), and its fees."""
        back = np.flatnonzero(
            (payments["txn_method"] >= 0) & (refunds["completed_at"] != NEVER) & (refunds["wallet"] == 0)
        )
        payments, refunds = take(payments, back), take(refunds, back)
        count = len(back)
        settled_at = after(refunds["completed_at"], lognormal_seconds(rng, 2 * DAY_SECONDS, 0.5, count))
        disputed = refunds["is_chargeback"]
        taken = -np.minimum(
            payments["amount"] * refunds["amount_cny"] // np.maximum(payments["cny"], 1), payments["amount"]
        )
        lines = [
            self._lines(payments, np.where(disputed, CHARGEBACK, REFUND), settled_at, taken, 0),
            self._lines(
                take(payments, disputed), FEE, settled_at[disputed], np.full(disputed.sum(), -_DISPUTE_FEE), 0
            ),
        ]
        self._deliver(rng, concat(lines))

    def _lines(self, payments: Life, kind: Array | int, at: Array, gross: Array, fee: Array | int) -> Life:
        count = len(at)
        return {
            "payment": payments["seq"],
            "txn_method": payments["txn_method"],
            "currency": payments["currency"],
            "type": np.broadcast_to(np.asarray(kind, np.int8), count),
            "settled_at": at,
            "gross": gross.astype(np.int64),
            "fee": np.broadcast_to(np.asarray(fee, np.int64), count),
        }

    def _deliver(self, rng: np.random.Generator, life: Life) -> None:
        count = len(life["payment"])
        life["seq"] = np.arange(self._seq, self._seq + count, dtype=np.int32)
        self._seq += count
        # Some providers name the payment beside their transaction.
        named = (life["payment"] % _NAMED_EVERY == 0) | (life["txn_method"] < 0)
        life["named"] = np.where(named, life["payment"], -1)
        net = life["gross"] - life["fee"]
        # The provider converts at a rate of its own, a little below the official one.
        rate = self._exchange.quoted(life["currency"], business_day(life["settled_at"]))
        rate = np.where(life["currency"] == CNY, 1.0, rate * (0.997 + 0.004 * rng.standard_normal(count)))
        per_unit = np.where(CURRENCY_SCALES[life["currency"]] == 0, 100.0, 1.0)
        life["net_cny"] = np.rint(net * rate * per_unit).astype(np.int64)
        corrected = self._chance.hits("settlement corrected", life["seq"], "payment", 0.004)
        life["corrected_at"] = np.where(
            corrected, after(life["settled_at"], between(rng, 20 * HOUR, 40 * HOUR, count)), NEVER
        )
        changes = [life["settled_at"], life["corrected_at"]]
        self._deliveries.schedule("settlements", life, changes, "payment", 0.0005)


def render(life: Life, seen_at: Array) -> dict[str, pa.Array]:
    """The `settlements` feed; instants in UTC."""
    scales = CURRENCY_SCALES[life["currency"]]
    wrong = (life["corrected_at"] != NEVER) & (seen_at < life["corrected_at"])
    return {
        "settlement_id": text.ids("ST", life["seq"]),
        "provider_txn_id": txn_ids(life["txn_method"], life["payment"]),
        "payment_id": text.ids("PAY", life["named"]),
        "type": text.codes(TYPES, life["type"]),
        "settled_at": text.instants(life["settled_at"], "utc"),
        "currency_code": text.codes(CURRENCIES, life["currency"]),
        "gross_amount": text.amounts(life["gross"], scales),
        "fee_amount": text.amounts(life["fee"], scales),
        "net_amount": text.amounts(life["gross"] - life["fee"], scales),
        "net_cny": text.decimals(np.where(wrong, life["net_cny"] - 100, life["net_cny"])),
        "updated_at": text.instants(seen_at, "utc"),
        "is_deleted": text.booleans(is_deleted(life, seen_at)),
    }
