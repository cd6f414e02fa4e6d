"""Rows that break a rule: what every real export contains, and what quarantine is for."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ingest.simulator.text import constant


class _Flaw(NamedTuple):
    """One broken copy of a row that `like` describes, every so many days, under a key of its own."""

    feed: str
    every_days: int
    prefix: str
    values: dict[str, str | None]
    like: tuple[str, str] | None = None


_COMPLETED = ("status", "completed")
_FLAWS = (
    _Flaw("payments", 4, "PAYX", {"amount": "12.5O"}),
    _Flaw("payments", 12, "PAYY", {"currency_code": "VND", "amount_cny": None}, ("status", "succeeded")),
    _Flaw("purchase_orders", 5, "POX", {"user_id": None}),
    _Flaw("forwarding_orders", 6, "FOX", {"status": "teleported"}),
    _Flaw("refunds", 7, "RFX", {"requested_at": "2026-02-30T10:00:00+08:00"}),
    _Flaw("refunds", 9, "RFY", {"component": "gift_wrap"}, _COMPLETED),
    _Flaw("refunds", 11, "RFZ", {"amount_cny": "9999999.00"}, _COMPLETED),
    _Flaw("users", 8, "UX", {"registered_at": "yesterday"}),
    _Flaw("service_orders", 9, "SOX", {"fee_cny": "free"}),
)


def add_flaws(feeds: dict[str, pa.Table], day_index: int, day: int) -> None:
    """Appends the day's broken rows to the feeds."""
    for flaw in _FLAWS:
        table = feeds[flaw.feed]
        if day_index % flaw.every_days != flaw.every_days // 2:
            continue
        if flaw.like:
            column, value = flaw.like
            table = table.filter(pc.equal(table[column], value))
        row = table.slice(0, 1)
        if len(row) == 0:
            continue
        key = row.column_names[0]
        for name, broken in {**flaw.values, key: f"{flaw.prefix}{day:010d}"}.items():
            row = row.set_column(row.schema.get_field_index(name), name, constant(broken, 1))
        feeds[flaw.feed] = pa.concat_tables([feeds[flaw.feed], row])
