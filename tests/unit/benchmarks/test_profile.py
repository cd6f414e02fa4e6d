"""What the clock of a profile counts where."""

import time

import pytest

from benchmarks.profile import AROUND, MODELS, Clock


def test_what_happens_within_a_part_counts_in_the_innermost_alone() -> None:
    started = time.perf_counter()
    clock = Clock()
    with clock.within(AROUND):
        time.sleep(0.02)
        clock.timed(MODELS, time.sleep)(0.05)
    clock.stop()
    elapsed = time.perf_counter() - started
    wall = {part: seconds[0] for part, seconds in clock.seconds.items()}
    assert wall[MODELS] >= 0.05
    assert wall[AROUND] >= 0.02
    assert sum(wall.values()) <= elapsed


def test_a_part_that_fails_ends() -> None:
    clock = Clock()
    with pytest.raises(ZeroDivisionError):
        clock.timed(MODELS, lambda: 1 // 0)()
    with clock.within(AROUND):
        time.sleep(0.02)
    clock.stop()
    assert clock.seconds[AROUND][0] >= 0.02
