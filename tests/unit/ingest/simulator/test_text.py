"""Numbers become text exactly, and rare events are spread evenly."""

from datetime import UTC, datetime

import numpy as np
import pytest

from ingest.simulator import text
from ingest.simulator.chance import Chance


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("utc", "2026-09-27T23:59:59Z"),
        ("offset", "2026-09-28T07:59:59+08:00"),
        ("naive", "2026-09-28T07:59:59"),
    ],
)
def test_instants(style: text.InstantStyle, expected: str) -> None:
    moments = np.array([_seconds("2026-09-27T23:59:59"), text.NEVER], np.int32)
    assert text.instants(moments, style).to_pylist() == [expected, None]


def test_money_is_exact_and_signed() -> None:
    fen = np.array([0, 5, -5, 100, -123456, 2**53 + 1, text.UNKNOWN])
    assert text.decimals(fen).to_pylist() == [
        "0.00", "0.05", "-0.05", "1.00", "-1234.56", "90071992547409.93", None,
    ]  # fmt: skip


def test_amounts_have_the_decimals_of_their_currency() -> None:
    units = np.array([1_234, 1_234, -7, text.UNKNOWN])
    assert text.amounts(units, np.array([2, 0, 2, 0])).to_pylist() == ["12.34", "1234", "-0.07", None]


def test_ids_and_codes() -> None:
    assert text.ids("PO", np.array([0, 12_345_678_901 % 10**10, -1])).to_pylist() == [
        "PO0000000000", "PO2345678901", None,
    ]  # fmt: skip
    assert text.codes(("a", "b"), np.array([1, -1, 0])).to_pylist() == ["b", None, "a"]


def test_rare_events_are_spread_evenly_and_occur_in_small_populations() -> None:
    chance = Chance(7, {"large": 1_000_000, "small": 300})
    numbers = np.arange(100_000)
    for case in ("one", "two"):
        hits = chance.hits(case, numbers, "large", 0.01)
        per_thousand = hits.reshape(100, 1_000).sum(axis=1)
        assert per_thousand.min() >= 8
        assert per_thousand.max() <= 12
    assert chance.hits("three", np.arange(300), "small", 0.0001).sum() >= 5
