"""What is out of the ordinary: the last finished day against the same weekday of the weeks before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from dashboard.figures import Row
from dashboard.formats import Kind, Number
from dashboard.pages.measure import Measure, Over

WEEKS = 8
# Fewer weeks have no spread to speak of.
LEAST_WEEKS = 4
# So many times the usual spread is out of the ordinary.
FROM = 3
# A normal distribution's standard deviation, from the median of the distances to the median.
_DEVIATION = 1.4826
_LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Unusual:
    """A measure whose `value` of the day is outside `lowest` to `highest` of the `weeks` same weekdays before it."""

    measure: Measure
    day: date
    value: Decimal
    usual: Decimal
    lowest: Decimal
    highest: Decimal
    weeks: int
    distance: float

    @property
    def is_high(self) -> bool:
        return self.value > self.usual


def unusual(rows: Sequence[Row], measures: Sequence[Measure]) -> list[Unusual]:
    """The unusual measures of the last of `rows` (one a date, oldest first, all finished), the farthest out first."""
    found = []
    for measure in measures:
        if measure.over is Over.LEVEL or not rows:
            # A level moves little from day to day; the flow behind it tells first.
            continue
        value = _exact(measure.of(rows[-1]))
        earlier = [_exact(measure.of(row)) for row in rows[-8::-7][:WEEKS]]
        known = [each for each in earlier if each is not None]
        if value is None or len(known) < LEAST_WEEKS:
            continue
        usual = median(known)
        distance = abs(float(value - usual)) / _spread(known, usual, measure.kind)
        if distance >= FROM and not min(known) <= value <= max(known):
            day = rows[-1]["business_date"]
            found.append(Unusual(measure, day, value, usual, min(known), max(known), len(known), distance))
    return sorted(found, key=lambda each: -each.distance)


def _exact(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _spread(values: Sequence[Decimal], usual: Decimal, kind: Kind) -> float:
    """What a day usually differs by; of counts at least what chance alone would make of it."""
    deviation = _DEVIATION * float(median(abs(value - usual) for value in values))
    chance = math.sqrt(abs(usual)) if kind is Kind.COUNT else 0.0
    return max(deviation, chance, _LEAST_SHARE * abs(float(usual)), 0.01 if kind is Kind.RATIO else 1.0)
