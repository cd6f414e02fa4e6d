"""How long work says how far it is: it calls what it is given, and knows nothing of terminals."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Of `stage`, number `number` of `count` is about to be done: `what`. Both are 0 where nothing is counted."""

    stage: str
    number: int = 0
    count: int = 0
    what: str = ""


ShowProgress = Callable[[Progress], None]


def show_nothing(_: Progress) -> None:
    """For work whose progress nobody watches."""
