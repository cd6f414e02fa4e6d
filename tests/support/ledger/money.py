"""Rounding and exact arithmetic (R3, R15). Nothing here is ever a float."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

ZERO = Decimal("0.00")


def round_half_away(value: Decimal | Fraction, places: int = 2) -> Decimal:
    """`value` with so many decimals, half away from zero, from its exact value."""
    exact = Fraction(value)
    quotient, remainder = divmod(abs(exact.numerator) * 10**places, exact.denominator)
    if 2 * remainder >= exact.denominator:
        quotient += 1
    return Decimal((int(exact < 0 and quotient != 0), tuple(int(digit) for digit in str(quotient)), -places))


def round_product(amount: Decimal, rate: Decimal) -> Decimal:
    """amount x rate in CNY, rounded once."""
    return round_half_away(Fraction(amount) * Fraction(rate))


def display_amount(stored_cny: Decimal, cny_per_unit: Decimal | None) -> Decimal | None:
    """A stored CNY amount in a display currency (R15); no usable rate gives None."""
    if cny_per_unit is None or cny_per_unit <= 0:
        return None
    return round_half_away(Fraction(stored_cny) / Fraction(cny_per_unit))


def total_or_none(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None if any value is None; 0 of nothing."""
    total = ZERO
    for value in values:
        if value is None:
            return None
        total += value
    return total


def known_total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of the known values; None if none is known."""
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None


def ratio(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Fraction | None:
    """Exact; None on a zero denominator (R11)."""
    if numerator is None or not denominator:
        return None
    return Fraction(numerator) / Fraction(denominator)


def percentile(values: Iterable[Fraction], share: Fraction) -> Decimal | None:
    """Linear at share x (n - 1) between the two nearest ranks, rounded once to 4 decimals; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    position = share * (len(ordered) - 1)
    below = position.numerator // position.denominator
    above = min(below + 1, len(ordered) - 1)
    return round_half_away(ordered[below] + (ordered[above] - ordered[below]) * (position - below), 4)
