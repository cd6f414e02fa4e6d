"""The `traffic_daily` feed: visits by channel and country, and what they cost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ingest.contract.feeds import FEEDS
from ingest.simulator import text
from ingest.simulator.catalogue import ACQUISITION_CHANNELS, CHANNEL_NAMES, COUNTRIES, COUNTRY_CODES
from ingest.simulator.chance import Chance
from ingest.simulator.config import SimulatorConfig, day_date

_VISITORS_PER_ORDER = 40


def delivered(config: SimulatorConfig, chance: Chance, orders_by_day: np.ndarray, day: int) -> pa.Table:
    """The traffic of a day; with the first day, of the history; once a week the day before is corrected."""
    days = [day]
    if day == config.first_day:
        days = list(range(config.life_start_day, day + 1))
    elif (day - config.first_day) % 7 == 0:
        days = [day - 1, day]
    tables = [
        _day(config, chance, orders_by_day, each, corrected=each < day != config.first_day) for each in days
    ]
    return pa.concat_tables(tables)


def _day(
    config: SimulatorConfig, chance: Chance, orders_by_day: np.ndarray, day: int, *, corrected: bool
) -> pa.Table:
    rng = chance.generator("traffic", day)
    channel, country = (grid.ravel() for grid in np.indices((len(ACQUISITION_CHANNELS), len(COUNTRIES))))
    shares = np.outer([share for _, share, _ in ACQUISITION_CHANNELS], [c.weight for c in COUNTRIES]).ravel()
    expected = (orders_by_day[day - config.life_start_day] + 1) * _VISITORS_PER_ORDER * shares / shares.sum()
    visitors = rng.poisson(expected)
    sessions = visitors + rng.binomial(visitors, 0.35)
    cart = rng.binomial(sessions, 0.11)
    cost = visitors * np.array([cost for _, _, cost in ACQUISITION_CHANNELS])[channel]
    if corrected:
        sessions = sessions + visitors // 50
    columns = {
        "traffic_date": text.constant(str(day_date(day)), len(channel)),
        "acquisition_channel": text.codes(CHANNEL_NAMES, channel),
        "country_code": text.codes(COUNTRY_CODES, country),
        "visitors": text.integers(visitors),
        "sessions": text.integers(sessions),
        "cart_sessions": text.integers(cart),
        "cost_cny": text.decimals(cost),
    }
    return pa.table([columns[name] for name in FEEDS["traffic_daily"].column_names], names=list(columns))
