"""Reproducible randomness, and rare events spread so evenly that they occur on a small platform too."""

from __future__ import annotations

import zlib
from functools import cache
from typing import Any

import numpy as np

from ingest.simulator.text import Array

_AT_LEAST = 6
_MOST = 0.25


@cache
def _square_roots() -> list[float]:
    primes: list[int] = []
    candidate = 2
    while len(primes) < 400:
        if all(candidate % p for p in primes):
            primes.append(candidate)
        candidate += 1
    return [float(np.sqrt(p) % 1) for p in primes]


class Chance:
    """Seeded draws.

    `evenly` and `hits` decide by an additive recurrence (multiples of an irrational number, modulo 1) over a
    running number instead of by independent draws: among any n consecutive numbers an event of rate r occurs
    n·r times, give or take one or two.
    """

    def __init__(self, seed: int, populations: dict[str, int]) -> None:
        self._seed = seed
        self._populations = populations
        self._cases: dict[str, tuple[float, float]] = {}

    def generator(self, stream: str, day: int = 0) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64([self._seed, zlib.crc32(stream.encode()), day]))

    def evenly(self, case: str, numbers: Array) -> Array:
        """One value in [0, 1) per running number, evenly spread over every stretch of numbers."""
        if case not in self._cases:
            self._cases[case] = (_square_roots()[len(self._cases)], self.generator(case).random())
        step, shift = self._cases[case]
        return np.asarray((numbers * step + shift) % 1.0)

    def rate(self, of: str, rate: float, at_least: int = _AT_LEAST) -> float:
        """The rate, or what makes the event occur `at_least` times in the population."""
        return float(min(max(rate, at_least / max(self._populations[of], 1)), max(rate, _MOST)))

    def hits(self, case: str, numbers: Array, of: str, rate: float, at_least: int = _AT_LEAST) -> Array:
        return np.asarray(self.evenly(case, numbers) < self.rate(of, rate, at_least))


def between(rng: np.random.Generator, low: float, high: float, count: int) -> Array:
    """Uniform whole numbers in [low, high)."""
    return rng.integers(int(low), int(high), count, dtype=np.int64)


def weighted(rng: np.random.Generator, weights: Any, count: int) -> Array:
    """Indices drawn in proportion to the weights."""
    cumulative = np.cumsum(np.asarray(weights, float))
    return np.searchsorted(cumulative / cumulative[-1], rng.random(count), side="right").astype(np.int8)
