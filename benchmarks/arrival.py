"""`python -m benchmarks.arrival`: seconds from files in the landing folder to a publication with them, through Dagster's sensor.

A simulated platform of the demo's size is landed and published, Dagster's own programs are started for it, and once they are
idle the files of a day are dropped into its landing folder, one day after another. A file counts as published when another
file stands at the published path. Prints where the time went, on the clock and in CPU seconds of all of Dagster's processes;
goal: 20 s in the median on a quiet machine.
"""

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, EventLogEntry, RunsFilter

from benchmarks.measure import cpu_seconds_below, machine
from ingest.foundation.clock import naive_utc
from ingest.foundation.settings import Settings, load_settings
from ingest.land.folders import land_path
from ingest.simulator import SimulatorConfig, simulate, write_batch
from orchestration.dagster_graph.jobs import INCREMENTAL_JOB
from orchestration.dagster_graph.pages import PAGES_KEY
from orchestration.dagster_graph.server import set_up
from orchestration.runs.increment import increment

GOAL_SECONDS = 20
_WAIT_SECONDS = 600
_POLL_SECONDS = 0.05
# How long no run may start before Dagster counts as idle: its sensors have then looked at the last publication.
_IDLE_SECONDS = 25
# What a drop waits for, in its order; each ends where the next begins.
PHASES = ("seen by the sensor", "process started", "graph loaded", "landed", "published", "pages made")


@dataclass(frozen=True)
class Drop:
    """One drop: seconds from the files' arrival to the publication, and each phase's seconds on the clock and of the CPU."""

    published_seconds: float
    clock_seconds: dict[str, float]
    cpu_seconds: dict[str, float]


def make_home(home: Path, order_count: int, drop_count: int) -> tuple[Settings, list[Path]]:
    """A published home at `home`, and the folders of the days that are still to be dropped."""
    config = SimulatorConfig(
        order_count=order_count,
        day_count=drop_count + 1,
        history_day_count=60 - drop_count,
        rate_history_day_count=70,
    )
    first, *later = simulate(config)
    home.mkdir(parents=True)
    (home / "settings.toml").write_text(
        f'official_rate_source = "ecb"\nfixed_as_of = "{later[-1].as_of:%Y-%m-%dT%H:%M:%SZ}"\n',
        encoding="utf-8",
    )
    settings = load_settings(home)
    exports = home.parent / "exports"
    land_path(settings, write_batch(first, exports))
    increment(settings, naive_utc(settings.now()))
    return settings, [write_batch(batch, exports) for batch in later]


@contextmanager
def dagster_of(home: Path) -> Iterator[tuple[DagsterInstance, int]]:
    """Dagster's programs as `make dagster` starts them: their history, and the process that all of them descend from."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = set_up(home)
    command = [sys.executable, "-m", "orchestration.dagster_graph.server", "--home", str(home)]
    with open(home / "server.log", "wb") as said:
        server = subprocess.Popen([*command, "--port", str(port)], stdout=said, stderr=said)
    try:
        with DagsterInstance.from_config(str(folder)) as instance:
            yield instance, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def wait_until_idle(instance: DagsterInstance) -> None:
    """Until the pages of the last publication are recorded and no run has been active for a while."""
    idle_since = time.monotonic()

    def is_idle() -> bool:
        nonlocal idle_since
        unfinished = [
            status
            for status in DagsterRunStatus
            if status not in (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
        ]
        if instance.get_latest_materialization_event(PAGES_KEY) is None or instance.get_runs(
            RunsFilter(statuses=unfinished), limit=1
        ):
            idle_since = time.monotonic()
        return time.monotonic() - idle_since > _IDLE_SECONDS

    _wait_for(is_idle, "Dagster did not come to rest")


def drop(settings: Settings, instance: DagsterInstance, server: int, folder: Path) -> Drop:
    """Move the files of `folder` (`<feed>/<file>`) into the landing folder and wait for all that follows."""
    seen_before = {run.run_id for run in instance.get_runs(RunsFilter(job_name=INCREMENTAL_JOB))}
    published_before = os.stat(settings.published_path).st_ino
    for path in sorted(folder.glob("*/*")):
        target = settings.landing_dir / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        # As it arrives: a file's time is that of its last byte.
        aside = target.with_name(f".{target.name}.part")
        shutil.copyfile(path, aside)
        aside.rename(target)
    arrived_at = time.time()
    published_at: list[float] = []
    # When, and CPU seconds of all of Dagster until then.
    spent = [(arrived_at, cpu_seconds_below(server))]
    run: list[DagsterRun] = []

    def is_over() -> bool:
        if not published_at and os.stat(settings.published_path).st_ino != published_before:
            published_at.append(time.time())
        spent.append((time.time(), cpu_seconds_below(server)))
        if not run or len(spent) % 20 == 0:
            found = instance.get_runs(RunsFilter(job_name=INCREMENTAL_JOB), limit=1)
            if found and found[0].run_id not in seen_before:
                run[:] = found[:1]
        return bool(run) and run[0].is_finished

    _wait_for(is_over, "no run ended")
    if run[0].status != DagsterRunStatus.SUCCESS or not published_at:
        raise RuntimeError(f"Run {run[0].run_id} ended as {run[0].status.value} without a publication.")
    ends = _phase_ends(instance, run[0].run_id, published_at[0])
    cpu, clock, before = {}, {}, arrived_at
    for phase, at in ends.items():
        clock[phase] = at - before
        cpu[phase] = _spent_until(spent, at) - _spent_until(spent, before)
        before = at
    return Drop(published_at[0] - arrived_at, clock, cpu)


def _phase_ends(instance: DagsterInstance, run_id: str, published_at: float) -> dict[str, float]:
    """When each of PHASES ended, in seconds since 1970."""
    record = instance.get_run_record_by_id(run_id)
    if record is None or record.start_time is None or record.end_time is None:
        raise RuntimeError(f"Dagster has no times of run {run_id}.")
    started = _when(instance.all_logs(run_id, of_type=DagsterEventType.STEP_START), "raw_feeds")
    landed = _when(instance.all_logs(run_id, of_type=DagsterEventType.STEP_SUCCESS), "raw_feeds")
    ends = (
        record.create_timestamp.timestamp(),
        record.start_time,
        started,
        landed,
        published_at,
        record.end_time,
    )
    return dict(zip(PHASES, ends, strict=True))


def _when(entries: "list[EventLogEntry] | tuple[EventLogEntry, ...]", step: str) -> float:
    return next(entry.timestamp for entry in entries if entry.step_key == step)


def _spent_until(spent: list[tuple[float, float]], at: float) -> float:
    return max((seconds for when, seconds in spent if when <= at), default=0.0)


def _wait_for(is_so: Callable[[], bool], else_say: str) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{else_say} within {_WAIT_SECONDS} s.")
        time.sleep(_POLL_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.arrival", description=__doc__)
    parser.add_argument("--drops", type=int, default=5, help="days to drop (default 5)")
    parser.add_argument(
        "--orders", type=int, default=1000, help="size of the platform (default that of the demo)"
    )
    chosen = parser.parse_args()
    drops = []
    with tempfile.TemporaryDirectory(prefix="arrival-") as temporary:
        settings, folders = make_home(Path(temporary) / "home", chosen.orders, chosen.drops)
        with dagster_of(settings.home) as (instance, server):
            for folder in folders:
                wait_until_idle(instance)
                drops.append(drop(settings, instance, server, folder))
                print(f"{folder.name}: {drops[-1].published_seconds:.1f} s", flush=True)
    print("\n| from the end of the one before | seconds | CPU seconds |\n| --- | ---: | ---: |")
    for phase in PHASES:
        clock = statistics.median(each.clock_seconds[phase] for each in drops)
        cpu = statistics.median(each.cpu_seconds[phase] for each in drops)
        print(f"| {phase} | {clock:.1f} | {cpu:.1f} |")
    median = statistics.median(each.published_seconds for each in drops)
    print(
        f"\nfiles to publication, median of {len(drops)}: {median:.1f} s (goal {GOAL_SECONDS} s); {machine()}"
    )


if __name__ == "__main__":
    main()
