"""Shipping lines and the boxes of parcel orders."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.support.ledger.business_time import BusinessTime
from tests.support.ledger.feeds import Row
from tests.support.ledger.money import ZERO, round_half_away
from tests.support.ledger.orders import Order


class ShippingLines:
    """Versions of shipping lines by validity."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._versions: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(rows, key=lambda one: one["valid_from"]):
            self._versions[row["line_code"]].append(row)

    def valid_on(self, line_code: str, day: date) -> Row | None:
        """The line version valid on a business date; None before the first, or for an unknown line."""
        valid = [row for row in self._versions.get(line_code, []) if row["valid_from"] <= day]
        return valid[-1] if valid else None


@dataclass(frozen=True)
class Parcel:
    """Boxes and weights of a parcel order. `carrier_cost_cny` sums the known costs, None if none is known."""

    channel: str | None
    promised_days: int | None
    box_count: int
    actual_weight_g: Decimal
    chargeable_weight_g: Fraction
    carrier_cost_cny: Decimal | None
    carrier_cost_known_box_count: int


def chargeable_weight_g(box: Row, line: Row | None) -> Fraction:
    """max(actual, volumetric), rounded up to the line's step, without a step to the gram."""
    weight = Fraction(box["actual_weight_g"])
    dimensions = [box.get(column) for column in ("length_mm", "width_mm", "height_mm")]
    divisor = line.get("volumetric_divisor") if line else None
    if divisor and all(dimension is not None for dimension in dimensions):
        length, width, height = (Fraction(dimension) for dimension in dimensions if dimension is not None)
        # mm3 / 1000 is cm3; divided by the divisor, kg; times 1000, g.
        weight = max(weight, length * width * height / Fraction(divisor))
    step = Fraction((line.get("step_weight_g") if line else None) or 1)
    return -(-weight // step) * step


def read_parcel(order: Order, boxes: Iterable[Row], lines: ShippingLines, time: BusinessTime) -> Parcel:
    """The parcel of an order under the line version valid on the business date of the order's creation."""
    line = lines.valid_on(order.row["line_code"], time.date_of(order.created_at))
    boxes = list(boxes)
    costs = [
        round_half_away(box["carrier_cost_cny"]) for box in boxes if box.get("carrier_cost_cny") is not None
    ]
    return Parcel(
        line["channel"] if line else None,
        line.get("promised_days") if line else None,
        len(boxes),
        sum((box["actual_weight_g"] for box in boxes), Decimal(0)),
        sum((chargeable_weight_g(box, line) for box in boxes), Fraction(0)),
        sum(costs, ZERO) if costs else None,
        len(costs),
    )
