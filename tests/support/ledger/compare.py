"""Comparing a table of the ledger with the published one, cell by cell."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.support.ledger.tables import Table

# Ratios are published as DOUBLE or with some decimals; the ledger has them exactly.
_DOUBLE_TOLERANCE = Fraction(1, 10**9)


def differences(table: Table, published: Iterable[Mapping[str, Any]]) -> list[str]:
    """What differs, one line a row or cell; empty if every cell of the ledger's table is as published.

    Published columns that the ledger does not know are not looked at.
    """
    if not table:
        return [f"only published: {dict(row)}" for row in published]
    width = len(next(iter(table)))
    key_columns = list(next(iter(table.values())))[:width]
    found: list[str] = []
    seen: set[tuple] = set()
    for other in published:
        key = tuple(other[column] for column in key_columns)
        if key in seen:
            found.append(f"published twice: {key}")
        seen.add(key)
        row = table.get(key)
        if row is None:
            found.append(f"only published: {dict(other)}")
            continue
        for column, value in row.items():
            if column not in other:
                found.append(f"not published: column {column}")
            elif not _agree(value, other[column]):
                found.append(f"{key} {column}: ledger {_shown(value)}, published {other[column]}")
    found += [f"only in the ledger: {table[key]}" for key in table if key not in seen]
    return list(dict.fromkeys(found))


def _agree(value: Any, other: Any) -> bool:
    if value is None or other is None:
        return value is other
    if isinstance(value, Fraction):
        tolerance = _DOUBLE_TOLERANCE * max(Fraction(1), abs(value))
        if isinstance(other, Decimal):
            exponent = other.as_tuple().exponent
            assert isinstance(exponent, int)
            tolerance = Fraction(1, 2) * Fraction(10) ** exponent
        return abs(value - Fraction(other)) <= tolerance
    return bool(value == other)


def _shown(value: Any) -> str:
    return str(float(value)) if isinstance(value, Fraction) else str(value)
