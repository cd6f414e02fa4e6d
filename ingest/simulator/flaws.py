"""Rows that break a rule: what every real export contains, and what quarantine is for."""

from __future__ import annotations

import pyarrow as pa

from ingest.simulator.text import constant

# Feed, every how many days, key column and its prefix, column, broken value.
_FLAWS: tuple[tuple[str, int, str, str, str, str | None], ...] = (
    ("payments", 4, "payment_id", "PAYX", "amount", "12.5O"),
    ("purchase_orders", 5, "order_id", "POX", "user_id", None),
    ("forwarding_orders", 6, "order_id", "FOX", "status", "teleported"),
    ("refunds", 7, "refund_id", "RFX", "requested_at", "2026-02-30T10:00:00+08:00"),
    ("users", 8, "user_id", "UX", "registered_at", "yesterday"),
    ("service_orders", 9, "order_id", "SOX", "fee_cny", "free"),
)


def add_flaws(feeds: dict[str, pa.Table], day_index: int, day: int) -> None:
    """Appends copies of the day's first rows with one broken value each, under keys of their own."""
    for feed, every, key, prefix, column, value in _FLAWS:
        table = feeds[feed]
        if day_index % every != every // 2 or len(table) == 0:
            continue
        row = table.slice(0, 1)
        row = row.set_column(row.schema.get_field_index(key), key, constant(f"{prefix}{day:010d}", 1))
        row = row.set_column(row.schema.get_field_index(column), column, constant(value, 1))
        feeds[feed] = pa.concat_tables([table, row])
