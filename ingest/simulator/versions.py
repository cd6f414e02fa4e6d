"""Lives and their versions: what of a row the platform delivers on which day.

A *life* is a dict of equally long arrays: everything that will ever be true of some rows of a feed. A
*version* is a life as seen at one instant; it is delivered at the end of the business day of that instant, or
later.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ingest.simulator.chance import Chance
from ingest.simulator.config import DAY_SECONDS, SHANGHAI_OFFSET_SECONDS, SimulatorConfig
from ingest.simulator.text import NEVER, Array

Life = dict[str, Array]

_SAME_DAY_VERSIONS_KEPT = 0.03
_DELAYED_VERSIONS = 0.008
_REDELIVERED_VERSIONS = 0.003


def business_day(instants: Array) -> Array:
    """Day number in Asia/Shanghai of epoch seconds."""
    return (instants.astype(np.int64) + SHANGHAI_OFFSET_SECONDS) // DAY_SECONDS


def take(life: Life, rows: Array) -> Life:
    return {name: column[rows] for name, column in life.items()}


def concat(lives: list[Life]) -> Life:
    return {name: np.concatenate([life[name] for life in lives]) for name in lives[0]}


def seen(instants: Array, seen_at: Array) -> Array:
    """The instants that have passed when looked at; `NEVER` for the others."""
    return np.where(instants <= seen_at, instants, NEVER)


class Deliveries:
    """Versions waiting for the day on which the platform delivers them."""

    def __init__(self, config: SimulatorConfig, chance: Chance) -> None:
        self._first_day = config.first_day
        self._last_day = config.last_day
        self._chance = chance
        self._waiting: dict[tuple[int, str], list[tuple[Life, Array, Array]]] = defaultdict(list)
        self._scheduled = 0

    def schedule(self, feed: str, life: Life, changes: list[Array], population: str, deletes: float) -> None:
        """Plans the delivery of every version of `life`.

        `changes` are the instants at which a row changes, `deletes` the share of rows that are deleted (most
        of them are revived). Every life carries `seq`, its running number, and may carry `late_days`: no row
        is delivered before that many days after its first change. Of several versions of a day mostly the
        last is delivered.
        """
        count = len(life["seq"])
        if count == 0:
            return
        self._scheduled += 1
        rng = self._chance.generator("deliveries", self._scheduled)
        instants = np.stack([c.astype(np.int32) for c in changes], axis=1)
        self._plan_deletes(feed, life, instants.min(axis=1), population=population, rate=deletes, rng=rng)
        instants = np.concatenate(
            [instants, life["deleted_at"][:, None], life["revived_at"][:, None]], axis=1
        )
        instants.sort(axis=1)
        day = business_day(instants)
        if "late_days" in life:
            np.maximum(day, (day[:, 0] + life["late_days"])[:, None], out=day)
        np.maximum(day, self._first_day, out=day)
        delayed = (rng.random(day.shape) < _DELAYED_VERSIONS) & (day > self._first_day)
        day += delayed * rng.integers(1, 6, day.shape)
        keep = instants != NEVER
        keep[:, :-1] &= instants[:, :-1] != instants[:, 1:]
        followed = (day[:, :-1] == day[:, 1:]) & (instants[:, 1:] != NEVER)
        keep[:, :-1] &= ~followed | (rng.random(followed.shape) < _SAME_DAY_VERSIONS_KEPT)
        rows, columns = np.nonzero(keep)
        seen_at, deliver = instants[rows, columns], day[rows, columns]
        again = rng.random(len(rows)) < _REDELIVERED_VERSIONS
        rows = np.concatenate([rows, rows[again]]).astype(np.int32)
        seen_at = np.concatenate([seen_at, seen_at[again]])
        deliver = np.concatenate([deliver, deliver[again] + 1])
        order = np.argsort(deliver, kind="stable")
        order = order[: np.searchsorted(deliver[order], self._last_day, side="right")]
        if len(order) == 0:
            return
        days, starts = np.unique(deliver[order], return_index=True)
        for delivery_day, part in zip(days.tolist(), np.split(order, starts[1:]), strict=True):
            self._waiting[delivery_day, feed].append((life, rows[part], seen_at[part]))

    def collect(self, day: int, feed: str) -> tuple[Life, Array] | None:
        """The versions to deliver on a day: their lives' rows and the instants at which they are seen."""
        waiting = self._waiting.pop((day, feed), None)
        if not waiting:
            return None
        life = concat([take(life, rows) for life, rows, _ in waiting])
        return life, np.concatenate([seen_at for _, _, seen_at in waiting])

    def _plan_deletes(
        self, feed: str, life: Life, born: Array, *, population: str, rate: float, rng: np.random.Generator
    ) -> None:
        count = len(born)
        life["deleted_at"] = np.full(count, NEVER, np.int32)
        life["revived_at"] = np.full(count, NEVER, np.int32)
        if rate <= 0:
            return
        share = self._chance.evenly(f"{feed} deleted", life["seq"]) / self._chance.rate(population, rate, 14)
        hit = np.flatnonzero((share < 1) & (born != NEVER))
        deleted_at = born[hit].astype(np.int64) + rng.integers(DAY_SECONDS // 3, 6 * DAY_SECONDS, len(hit))
        revived_at = deleted_at + rng.integers(DAY_SECONDS // 2, 5 * DAY_SECONDS, len(hit))
        life["deleted_at"][hit] = np.minimum(deleted_at, NEVER)
        life["revived_at"][hit] = np.where(share[hit] < 0.6, np.minimum(revived_at, NEVER), NEVER)


def is_deleted(life: Life, seen_at: Array) -> Array:
    return np.asarray((life["deleted_at"] <= seen_at) & (seen_at < life["revived_at"]))
