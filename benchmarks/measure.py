"""Seconds of this process: on the wall, and of the processor, which others on the machine move less."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Seconds: elapsed, and spent by the processor for this process in user and system mode."""

    wall_seconds: float
    cpu_seconds: float


def cost_of(work: Callable[[], object]) -> Cost:
    """Do it once and say what it took."""
    started, before = time.perf_counter(), _cpu_seconds()
    work()
    return Cost(time.perf_counter() - started, _cpu_seconds() - before)


def peak_memory_mb() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
