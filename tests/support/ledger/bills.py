"""Bills and how payments fill them (R6)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tests.support.ledger.money import ZERO

# In component order; the columns of a bill are these names with `_cny` (service orders: `fee_cny`).
BILLED_COMPONENTS: dict[str, tuple[str, ...]] = {
    "purchase": ("goods", "domestic_freight", "service_fee"),
    "forwarding": ("freight", "surcharge", "insurance", "customs", "service"),
    "service": ("service",),
}
SUPPLEMENT = "supplement"
UNALLOCATED = "unallocated"

Bill = dict[str, Decimal]


def business_type_of(order_type: str, component: str) -> str:
    """A service billed inside a parcel order is business type `service`; all else is of its order's type."""
    return "service" if component == "service" else order_type


def discounted(components: Mapping[str, Decimal], discount: Decimal) -> Bill:
    """The components less the discount, spread in proportion, in whole fen, by largest remainder.

    Ties go to the first in component order; a discount above the bill leaves 0.
    """
    fens = {name: int(amount * 100) for name, amount in components.items()}
    total, discount_fen = sum(fens.values()), int(discount * 100)
    if discount_fen >= total:
        return dict.fromkeys(components, ZERO)
    shares = {name: divmod(discount_fen * fen, total) for name, fen in fens.items()}
    left = discount_fen - sum(whole for whole, _ in shares.values())
    # sorted() is stable, so equal remainders stay in component order.
    by_remainder = sorted(shares, key=lambda name: shares[name][1], reverse=True)
    extra = set(by_remainder[:left])
    return {
        name: Decimal(fen - shares[name][0] - (name in extra)).scaleb(-2).quantize(ZERO)
        for name, fen in fens.items()
    }


def fill(bill: Mapping[str, Decimal], amounts: Iterable[Decimal]) -> list[Bill]:
    """What each payment, in the order given, pays of the bill's components.

    What exceeds the bill is `supplement`; a payment of 0 is 0 on the first component (DECISIONS).
    """
    edges: list[tuple[str, Decimal, Decimal]] = []
    end = ZERO
    for component, amount in bill.items():
        edges.append((component, end, end + amount))
        end += amount
    filled = []
    paid = ZERO
    for amount in amounts:
        parts: Bill = {} if amount else {next(iter(bill)): ZERO}
        for component, start, stop in edges:
            overlap = min(stop, paid + amount) - max(start, paid)
            if overlap > 0:
                parts[component] = overlap
        excess = paid + amount - max(end, paid)
        if excess > 0:
            parts[SUPPLEMENT] = excess
        paid += amount
        filled.append(parts)
    return filled
