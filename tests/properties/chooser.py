"""One way to make choices, from Hypothesis (shrinks) or from a seed (fast): both draw from the same space."""

import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Chooser(Protocol):
    """Where random choices come from. The first option is the simplest: histories shrink towards it."""

    def pick(self, options: Sequence[T]) -> T:
        """One of the options; name one several times to make it likelier."""

    def maybe(self, make: Callable[["Chooser"], T]) -> T | None:
        """A thing, twice as often as None; None is simpler."""

    def many(self, make: Callable[["Chooser"], T], minimum: int, maximum: int) -> list[T]:
        """So many things; fewer are simpler."""


class HypothesisChooser:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def pick(self, options: Sequence[T]) -> T:
        return options[self._draw(_index(len(options)))]

    def maybe(self, make: Callable[[Chooser], T]) -> T | None:
        made = _made(make)
        return self._draw(st.one_of(st.none(), made, made))

    def many(self, make: Callable[[Chooser], T], minimum: int, maximum: int) -> list[T]:
        return self._draw(st.lists(_made(make), min_size=minimum, max_size=maximum))


@cache
def _index(count: int) -> st.SearchStrategy[int]:
    """Made once for each count: making and checking strategies would take most of the time."""
    return st.integers(0, count - 1)


@st.composite
def _made(draw: st.DrawFn, make: Callable[[Chooser], T]) -> T:
    return make(HypothesisChooser(draw))


class SeededChooser:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def pick(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def maybe(self, make: Callable[[Chooser], T]) -> T | None:
        return make(self) if self._random.randrange(3) else None

    def many(self, make: Callable[[Chooser], T], minimum: int, maximum: int) -> list[T]:
        return [make(self) for _ in range(self._random.randint(minimum, maximum))]
