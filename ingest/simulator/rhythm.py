"""When things happen: the week, the overseas night peak, the agent's working hours."""

from __future__ import annotations

import numpy as np

from ingest.simulator.catalogue import HOUR_WEIGHTS, WEEKDAY_WEIGHTS
from ingest.simulator.chance import weighted
from ingest.simulator.config import DAY_SECONDS, SHANGHAI_OFFSET_SECONDS, SimulatorConfig
from ingest.simulator.text import NEVER, Array

HOUR = 3_600
MINUTE = 60
_DAILY_GROWTH = 0.004
_OPENS = 9 * HOUR
_OPEN_SECONDS = 10 * HOUR


def orders_by_day(config: SimulatorConfig) -> Array:
    """Purchase orders of each day of the platform's life; they sum to `purchase_order_count`."""
    days = np.arange(config.life_start_day, config.last_day + 1)
    # 1970-01-01 was a Thursday.
    weight = np.array(WEEKDAY_WEIGHTS)[(days + 3) % 7] * (1 + _DAILY_GROWTH) ** np.arange(len(days))
    reached = np.rint(np.cumsum(weight) / weight.sum() * config.purchase_order_count).astype(np.int64)
    return np.diff(reached, prepend=0)


def instants_of_day(rng: np.random.Generator, days: Array) -> Array:
    """Instants (epoch seconds) on the given business days, by the customers' hours."""
    count = len(days)
    seconds = weighted(rng, HOUR_WEIGHTS, count).astype(np.int64) * HOUR + rng.integers(0, HOUR, count)
    return np.asarray(days * DAY_SECONDS - SHANGHAI_OFFSET_SECONDS + seconds).astype(np.int32)


def lognormal_seconds(rng: np.random.Generator, median: float, sigma: float, count: int) -> Array:
    """Lags with the given median in seconds, at most 120 days."""
    lags = median * np.exp(sigma * rng.standard_normal(count))
    return np.minimum(lags, 120 * DAY_SECONDS).astype(np.int64)


def after(instants: Array, lags: Array) -> Array:
    """`instants` + `lags`; never stays never."""
    later = instants.astype(np.int64) + lags
    return np.where(instants == NEVER, NEVER, np.minimum(later, NEVER)).astype(np.int32)


def in_working_hours(instants: Array, not_before: Array) -> Array:
    """Moves instants into 09:00–19:00 in Shanghai, later than `not_before`."""
    local = instants.astype(np.int64) + SHANGHAI_OFFSET_SECONDS
    day, second = np.divmod(local, DAY_SECONDS)
    moved = day * DAY_SECONDS + _OPENS + second * _OPEN_SECONDS // DAY_SECONDS - SHANGHAI_OFFSET_SECONDS
    moved = np.where(moved <= not_before, moved + DAY_SECONDS, moved)
    return np.where(instants == NEVER, NEVER, np.minimum(moved, NEVER)).astype(np.int32)


def only(condition: Array, instants: Array) -> Array:
    """The instants where the condition holds, never elsewhere."""
    return np.where(condition, instants, NEVER).astype(np.int32)
