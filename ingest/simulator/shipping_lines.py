"""The `shipping_lines` feed: every line's versions, and one that changes in the middle of the window."""

from __future__ import annotations

import pyarrow as pa

from ingest.contract.feeds import FEEDS
from ingest.simulator.catalogue import CHANGED_LINE_LATER, LINES, Line
from ingest.simulator.config import SimulatorConfig, day_date

_VALID_FROM = "2024-01-01"
_ANNOUNCED_DAYS = 2


def change_day(first_day: int, day_count: int) -> int:
    """The business day from which the changed line's new parameters are valid."""
    return first_day + day_count // 2


def delivered(config: SimulatorConfig, day: int) -> pa.Table:
    """The rows that arrive by the end of a business day."""
    changes = change_day(config.first_day, config.day_count)
    rows: list[tuple[str | None, ...]] = []
    if day == config.first_day:
        rows += [_row(line, _VALID_FROM, f"{_VALID_FROM}T00:00:00+08:00") for line in LINES]
    if day == max(changes - _ANNOUNCED_DAYS, config.first_day):
        rows.append(_row(CHANGED_LINE_LATER, str(day_date(changes)), f"{day_date(day)}T10:00:00+08:00"))
    columns = FEEDS["shipping_lines"].column_names
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pa.table([pa.array(v, pa.string()) for v in values], names=list(columns))


def _row(line: Line, valid_from: str, updated_at: str) -> tuple[str | None, ...]:
    return (
        line.code,
        valid_from,
        line.name,
        line.channel,
        _whole(line.volumetric_divisor),
        _whole(line.first_weight_g),
        _money(line.first_fee_fen),
        _whole(line.step_weight_g),
        _money(line.step_fee_fen),
        _whole(line.promised_days),
        updated_at,
        "false",
    )


def _whole(value: int | None) -> str | None:
    return None if value is None else str(value)


def _money(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
