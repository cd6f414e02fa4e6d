"""What each refund of a payment takes, and from which component (R8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tests.support.ledger.bills import BILLED_COMPONENTS, SUPPLEMENT, UNALLOCATED
from tests.support.ledger.money import ZERO


@dataclass(frozen=True)
class Refund:
    """A completed refund of a payment."""

    refund_id: str
    payment_id: str
    component: str | None
    reason: str
    destination: str
    completed_at: datetime
    amount_cny: Decimal
    is_chargeback: bool


def peel(
    order_type: str, paid: Mapping[str, Decimal], refunds: Iterable[Refund]
) -> tuple[dict[str, dict[str, Decimal]], set[str]]:
    """What each refund takes from the components `paid` by its payment, and the ids of the quarantined ones.

    Named refunds go first, each group in order of (completed_at, refund_id). One that would take the payment
    below zero is quarantined whole and those after it are still tried (DECISIONS).
    """
    nameable = {*BILLED_COMPONENTS[order_type], SUPPLEMENT}
    last_first = [UNALLOCATED, SUPPLEMENT, *reversed(BILLED_COMPONENTS[order_type])]
    is_unallocated = UNALLOCATED in paid
    left = dict(paid)
    taken: dict[str, dict[str, Decimal]] = {}
    quarantined: set[str] = set()
    for refund in sorted(refunds, key=lambda one: (one.component is None, one.completed_at, one.refund_id)):
        is_unknown = refund.component is not None and refund.component not in nameable
        if is_unknown or refund.amount_cny > sum(left.values(), ZERO):
            quarantined.add(refund.refund_id)
            continue
        if refund.component is not None or is_unallocated:
            component = UNALLOCATED if is_unallocated else refund.component
            assert component is not None
            parts = {component: refund.amount_cny}
        else:
            parts = {}
            rest = refund.amount_cny
            for component in last_first:
                part = min(rest, left.get(component, ZERO))
                if part > 0:
                    parts[component] = part
                    rest -= part
            # A refund of 0 is one movement, on the last component that its payment filled (DECISIONS).
            parts = parts or {next(component for component in last_first if component in paid): ZERO}
        for component, part in parts.items():
            left[component] = left.get(component, ZERO) - part
        taken[refund.refund_id] = parts
    return taken, quarantined
