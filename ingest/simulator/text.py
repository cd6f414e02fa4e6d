"""Numbers to text, vectorised: instants, money, ids and codes as Arrow string arrays.

Instants are int32 epoch seconds (UTC), `NEVER` where there is none; money is integer minor units, `UNKNOWN`
where there is none; codes are indices into a list, negative where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from ingest.simulator.config import DAY_SECONDS, EPOCH, SHANGHAI_OFFSET_SECONDS

Array = np.ndarray[Any, Any]
InstantStyle = Literal["utc", "offset", "naive"]

NEVER = np.int32(2**31 - 1)
UNKNOWN = np.int64(-(2**62))

_SUFFIX: dict[InstantStyle, bytes] = {"utc": b"Z", "offset": b"+08:00", "naive": b""}


def _bytes_table(values: Sequence[str]) -> Array:
    return np.frombuffer("".join(values).encode(), np.uint8).reshape(len(values), -1)


@cache
def _date_bytes() -> Array:
    return _bytes_table([(EPOCH + timedelta(days=i)).isoformat() for i in range(25_000)])


@cache
def _time_bytes() -> Array:
    return _bytes_table([f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(DAY_SECONDS)])


@cache
def _digit_bytes() -> Array:
    return _bytes_table([f"{i:05d}" for i in range(100_000)])


def _fixed_width(rows: Array, present: Array | None = None) -> pa.StringArray:
    count, width = rows.shape
    offsets = np.arange(count + 1, dtype=np.int64) * width
    validity = None if present is None else pa.py_buffer(np.packbits(present, bitorder="little"))
    large = pa.LargeStringArray.from_buffers(
        count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(rows)), validity
    )
    return large.cast(pa.string())


def instants(seconds: Array, style: InstantStyle) -> pa.StringArray:
    """ISO 8601: `utc` ends in Z, `offset` in +08:00, `naive` is Shanghai's wall clock without an offset."""
    present = seconds != NEVER
    local = np.where(present, seconds, 0).astype(np.int32)
    if style != "utc":
        local += np.int32(SHANGHAI_OFFSET_SECONDS)
    day, second = np.divmod(local, np.int32(DAY_SECONDS))
    suffix = _SUFFIX[style]
    rows = np.empty((len(seconds), 19 + len(suffix)), np.uint8)
    rows[:, :10] = _date_bytes()[day]
    rows[:, 10:19] = _time_bytes()[second]
    if suffix:
        rows[:, 19:] = np.frombuffer(suffix, np.uint8)
    return _fixed_width(rows, None if present.all() else present)


def ids(prefix: str, numbers: Array) -> pa.StringArray:
    """`prefix` and ten digits; NULL where the number is negative."""
    present = numbers >= 0
    high, low = np.divmod(np.where(present, numbers, 0), 100_000)
    head = np.frombuffer(prefix.encode(), np.uint8)
    rows = np.empty((len(numbers), len(head) + 10), np.uint8)
    rows[:, : len(head)] = head
    rows[:, len(head) : len(head) + 5] = _digit_bytes()[high]
    rows[:, len(head) + 5 :] = _digit_bytes()[low]
    return _fixed_width(rows, None if present.all() else present)


def codes(names: Sequence[str], indices: Array) -> pa.StringArray:
    """The name at each index; NULL where the index is negative."""
    return pa.array(list(names), pa.string()).take(pa.array(indices, mask=indices < 0))


def booleans(values: Array) -> pa.StringArray:
    return codes(("false", "true"), values.astype(np.int8))


def integers(values: Array) -> pa.StringArray:
    """Whole numbers; NULL where `UNKNOWN`."""
    return decimals(values, 0)


def decimals(minor_units: Array, scale: int = 2) -> pa.StringArray:
    """Decimal text of integer minor units, exactly; NULL where `UNKNOWN`."""
    units = minor_units.astype(np.int64)
    words = np.empty((len(units), 2), np.int64)
    words[:, 0] = units
    words[:, 1] = units >> 63
    present = units != UNKNOWN
    validity = None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little"))
    decimal = pa.Array.from_buffers(pa.decimal128(20, scale), len(units), [validity, pa.py_buffer(words)])
    return decimal.cast(pa.string())


def amounts(minor_units: Array, currency_scales: Array) -> pa.StringArray:
    """Decimal text of amounts whose currencies have different numbers of decimals (0 or 2)."""
    whole = currency_scales == 0
    if not whole.any():
        return decimals(minor_units)
    order = np.argsort(whole, kind="stable")
    cut = len(whole) - int(whole.sum())
    joined = pa.concat_arrays([decimals(minor_units[order[:cut]]), decimals(minor_units[order[cut:]], 0)])
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return joined.take(pa.array(back))


def constant(value: str | None, count: int) -> pa.StringArray:
    return pa.array([value], pa.string()).take(pa.array(np.zeros(count, np.int8)))
