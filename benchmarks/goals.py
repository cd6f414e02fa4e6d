"""What a run should cost, beside what was measured: two processors, a simulated year."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TEN_THOUSAND, MILLION, TEN_MILLION = 10_000, 1_000_000, 10_000_000


@dataclass(frozen=True)
class Goal:
    """`measured` is to be at most `goal`; both in `unit`, None where it was not measured."""

    measure: str
    goal: float
    measured: float | None
    unit: str = ""

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        return "met" if self.measured <= self.goal else "missed"


class _Years:
    """Results of `benchmarks.year` by number of orders; of two of one size, the one without a limit of memory."""

    def __init__(self, results: list[dict[str, Any]]) -> None:
        limited_first = sorted(results, key=lambda result: not result.get("memory_limit"))
        self._results = {result["order_count"]: result for result in limited_first}

    def value(self, order_count: int, *keys: str) -> float | None:
        found: Any = self._results.get(order_count, {})
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return None if found is None else float(found)

    def seconds(self, order_count: int, step: str) -> float | None:
        return self.value(order_count, "steps", step, "wall_seconds")


def _quotient(above: float | None, below: float | None) -> float | None:
    return None if above is None or below is None else above / below


def goals(
    year_results: list[dict[str, Any]], landing: dict[str, Any] | None, nights: list[dict[str, Any]]
) -> list[Goal]:
    """Every goal in the order of a run."""
    years = _Years(year_results)
    return [*_of_landing(landing), *_of_calibrations(years), *_of_increments(years), *_of_room(years, nights)]


def _of_landing(landing: dict[str, Any] | None) -> Iterator[Goal]:
    for source, seconds in (landing or {"sources": {}})["sources"].items():
        yield Goal(
            f"landing ÷ a bare read, {source}", 2, seconds["landed_seconds"] / seconds["bare_read_seconds"]
        )


def _of_calibrations(years: _Years) -> Iterator[Goal]:
    for order_count in (MILLION, TEN_MILLION):
        ratio = years.value(order_count, "ratios", "models of the calibration ÷ floor")
        yield Goal(f"models of the calibration ÷ the floor's, {order_count:,} orders", 1.5, ratio)
    rest = years.value(MILLION, "ratios", "rest of the calibration ÷ its models")
    yield Goal("rest of the calibration ÷ its models, 1,000,000 orders", 0.25, rest)
    yield Goal("calibration, 10,000,000 orders ÷ 1,000,000", 12, _growth_of_calibration(years))


def _growth_of_calibration(years: _Years) -> float | None:
    return _quotient(years.seconds(TEN_MILLION, "calibration"), years.seconds(MILLION, "calibration"))


def _of_increments(years: _Years) -> Iterator[Goal]:
    share, large_share = (
        years.value(count, "ratios", "one day ÷ calibration") for count in (MILLION, TEN_MILLION)
    )
    yield Goal("one day ÷ calibration, 1,000,000 orders", 0.08, share)
    growth, share_growth = _growth_of_calibration(years), _quotient(large_share, share)
    a_row = growth * share_growth / (TEN_MILLION / MILLION) if growth and share_growth else None
    yield Goal("one day for each changed row, 10,000,000 orders ÷ 1,000,000", 1.2, a_row)
    payments, few = (years.seconds(count, "500 payments") for count in (MILLION, TEN_THOUSAND))
    yield Goal("500 payments, 1,000,000 orders ÷ 10,000", 1.5, _quotient(payments, few))
    yield Goal("500 payments, 1,000,000 orders", 5, payments, " s")
    yield Goal("as-of moved, 1,000,000 orders", 3, years.seconds(MILLION, "as-of moved 15 minutes"), " s")
    for order_count in (MILLION, TEN_MILLION):
        yield Goal(f"nothing new, {order_count:,} orders", 1, years.seconds(order_count, "nothing new"), " s")


def _of_room(years: _Years, nights: list[dict[str, Any]]) -> Iterator[Goal]:
    for order_count, goal in ((MILLION, 2), (TEN_MILLION, 6)):
        megabytes = years.value(order_count, "steps", "calibration", "peak_mb")
        yield Goal(
            f"memory of a calibration, {order_count:,} orders", goal, _quotient(megabytes, 1000), " GB"
        )
    for measured in nights:
        last = measured["nights"][-1]
        yield Goal(
            f"build ÷ the same tables written once, after {last['night']} nights of {measured['increments_a_night']} increments",
            1.3,
            last["after_to_written_once"],
        )
