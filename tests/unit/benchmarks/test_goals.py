"""What a run should cost is judged by the measurement that it names."""

from typing import Any

import pytest

from benchmarks.goals import Goal, goals


def year(
    order_count: int, steps: dict[str, float], ratios: dict[str, float], memory_limit: str | None = None
) -> dict[str, Any]:
    measured = {name: {"wall_seconds": seconds, "peak_mb": 1500.0} for name, seconds in steps.items()}
    return {"order_count": order_count, "steps": measured, "ratios": ratios, "memory_limit": memory_limit}


TEN_THOUSAND = year(10_000, {"500 payments": 4.0}, {})
MILLION = year(
    1_000_000,
    {"calibration": 50.0, "500 payments": 8.0, "as-of moved 15 minutes": 3.0, "nothing new": 0.5},
    {"one day ÷ calibration": 0.4, "models of the calibration ÷ floor": 1.4},
)
TEN_MILLION = year(10_000_000, {"calibration": 500.0}, {"one day ÷ calibration": 0.2})
SMALL_MEMORY = year(1_000_000, {"calibration": 99.0}, {}, memory_limit="1GB")
LANDING = {"sources": {"csv": {"landed_seconds": 3.0, "bare_read_seconds": 2.0}}}
NIGHTS = {
    "increments_a_night": 20,
    "nights": [{"night": 1, "after_to_written_once": 1.0}, {"night": 2, "after_to_written_once": 1.4}],
}


@pytest.mark.parametrize(
    ("measure", "measured", "verdict"),
    [
        ("landing ÷ a bare read, csv", 1.5, "met"),
        ("models of the calibration ÷ the floor's, 1,000,000 orders", 1.4, "met"),
        ("models of the calibration ÷ the floor's, 10,000,000 orders", None, "not measured"),
        ("calibration, 10,000,000 orders ÷ 1,000,000", 10.0, "met"),
        ("one day ÷ calibration, 1,000,000 orders", 0.4, "missed"),
        # A tenth of ten times the calibration, at half its share.
        ("one day for each changed row, 10,000,000 orders ÷ 1,000,000", 0.5, "met"),
        ("500 payments, 1,000,000 orders ÷ 10,000", 2.0, "missed"),
        ("500 payments, 1,000,000 orders", 8.0, "missed"),
        ("as-of moved, 1,000,000 orders", 3.0, "met"),
        ("nothing new, 10,000,000 orders", None, "not measured"),
        ("memory of a calibration, 1,000,000 orders", 1.5, "met"),
        ("build ÷ the same tables written once, after 2 nights of 20 increments", 1.4, "missed"),
    ],
)
def test_a_goal_is_held_against_its_measurement(measure: str, measured: float | None, verdict: str) -> None:
    found = goals([TEN_THOUSAND, MILLION, SMALL_MEMORY, TEN_MILLION], LANDING, [NIGHTS])
    [goal] = [goal for goal in found if goal.measure == measure]
    assert goal.measured == (None if measured is None else pytest.approx(measured))
    assert goal.verdict == verdict


def test_nothing_measured_is_no_verdict() -> None:
    assert {goal.verdict for goal in goals([], None, [])} == {"not measured"}


def test_at_most_is_met_by_the_goal_itself() -> None:
    assert Goal("", 1.5, 1.5).verdict == "met"
