"""What work costs: seconds on the wall, of the processor (which others on the machine move less), and memory."""

import multiprocessing
import os
import platform
import re
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import duckdb

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Seconds: elapsed, and spent by the processor for this process in user and system mode."""

    wall_seconds: float
    cpu_seconds: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall_seconds + other.wall_seconds, self.cpu_seconds + other.cpu_seconds)


@dataclass(frozen=True)
class ScriptCost:
    """What a script cost: reading the files into typed rows, and the marts from those."""

    read: Cost
    model: Cost


@dataclass(frozen=True)
class Measured(Generic[T]):
    """What the work returned, what it cost and the most memory its process held, in MB."""

    value: T
    cost: Cost
    peak_mb: float


def own_cpu_seconds() -> float:
    """CPU seconds so far of this process."""
    return _seconds_of(resource.RUSAGE_SELF)


def cpu_seconds_of_ended() -> float:
    """CPU seconds so far of the processes that this one has started and that have ended."""
    return _seconds_of(resource.RUSAGE_CHILDREN)


def cpu_seconds_below(root: int) -> float:
    """CPU seconds so far of a process, of all that descend from it and of those of them that have ended."""
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        # After the name in brackets: 1 is the parent; 11 and 12 user and system time, 13 and 14 those of ended children.
        fields = text.rpartition(")")[2].split()
        children.setdefault(int(fields[1]), []).append(int(folder.name))
        seconds[int(folder.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    total, waiting = 0.0, [root]
    while waiting:
        process = waiting.pop()
        total += seconds.get(process, 0.0)
        waiting += children.get(process, [])
    return total


def cost_of(work: Callable[[], object], cpu_seconds: Callable[[], float] = own_cpu_seconds) -> Cost:
    """Do it once and say what it took, by a clock of the processor (default that of this process)."""
    started, before = time.perf_counter(), cpu_seconds()
    work()
    return Cost(time.perf_counter() - started, cpu_seconds() - before)


def in_own_process(function: Callable[..., T], *arguments: object) -> Measured[T]:
    """The work in a fresh process, so that its memory and its start are its own; imports are not in the cost."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, function, arguments).result()


def machine() -> dict[str, object]:
    """What the seconds are seconds of; to be asked when the work is done."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processors": os.cpu_count(),
        "memory_gb": round(pages / 1024**3, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "load_at_end": round(os.getloadavg()[0], 2),
    }


def _measured(function: Callable[..., T], arguments: tuple[object, ...]) -> Measured[T]:
    values: list[T] = []
    cost = cost_of(lambda: values.append(function(*arguments)))
    return Measured(values[0], cost, peak_mb())


def peak_mb() -> float:
    """The most memory this process has held so far, in MB."""
    # What getrusage tells begins with the memory of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [kilobytes] = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(kilobytes) / 1024


def _seconds_of(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime
