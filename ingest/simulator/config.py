"""What a simulated platform is asked for: size, window, seed. And the business calendar it lives by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

EPOCH = date(1970, 1, 1)
DAY_SECONDS = 86_400
SHANGHAI_OFFSET_SECONDS = 8 * 3600

# Measured: one purchase order brings about this many forwarding and service orders inside the default window.
ORDERS_PER_PURCHASE_ORDER = 1.60


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_date(number: int) -> date:
    return EPOCH + timedelta(days=number)


def day_start(number: int) -> int:
    """Epoch seconds (UTC) at which business day `number` starts in Asia/Shanghai."""
    return number * DAY_SECONDS - SHANGHAI_OFFSET_SECONDS


@dataclass(frozen=True)
class Silence:
    """A feed that delivers nothing on `day_count` business days from `first_date`; the day after brings it all."""

    feed: str
    first_date: date
    day_count: int

    def covers(self, day: int) -> bool:
        return 0 <= day - day_number(self.first_date) < self.day_count


@dataclass(frozen=True)
class SimulatorConfig:
    """A simulated platform.

    `order_count` is the number of purchase + forwarding + service orders created from the start of the
    history to the end of the window, within about 10 % for the default window (forwarding and service orders
    follow from stored goods, so their number is an outcome, not an input). The window is `day_count` business
    days from `first_date`; the platform has lived for `history_day_count` days before it, and all of that
    arrives with the first day, as the first export of a real platform does. Rare events occur at their
    realistic rate, but at least a few times however small the platform.
    """

    seed: int = 7
    order_count: int = 1000
    first_date: date = date(2026, 9, 28)
    day_count: int = 28
    history_day_count: int = 35
    rate_history_day_count: int = 40
    with_flaws: bool = True
    silences: tuple[Silence, ...] = ()

    def __post_init__(self) -> None:
        if self.order_count < 1 or self.day_count < 1:
            raise ValueError("order_count and day_count must be at least 1")
        if self.history_day_count < 0 or self.rate_history_day_count < 1:
            raise ValueError("history_day_count must be at least 0 and rate_history_day_count at least 1")

    @property
    def first_day(self) -> int:
        return day_number(self.first_date)

    @property
    def last_day(self) -> int:
        return self.first_day + self.day_count - 1

    @property
    def life_start_day(self) -> int:
        return self.first_day - self.history_day_count

    @property
    def life_day_count(self) -> int:
        return self.history_day_count + self.day_count

    @property
    def last_date(self) -> date:
        return day_date(self.last_day)

    @property
    def purchase_order_count(self) -> int:
        return max(1, round(self.order_count / ORDERS_PER_PURCHASE_ORDER))

    @property
    def user_count(self) -> int:
        return max(20, round(self.order_count * 0.3))


def as_of(day: int) -> datetime:
    """The end of business day `day`: the next midnight in Asia/Shanghai, in UTC."""
    return datetime.fromtimestamp(day_start(day + 1), tz=UTC)
