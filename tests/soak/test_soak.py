"""Business days through the schedules as Dagster runs them: increments by day, calibration and backup by night, in one process.

`make soak` lives 60 days, `make long` three. At the end every figure is the ledger's; open files, files on disk, memory and
CPU time of the last third are held against the third before. In truth every run is a process of its own: what leaks here
would leak there for a run only, and in the servers for ever.
"""

import gc
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
from dagster import DagsterInstance, RunRequest, ScheduleDefinition, build_schedule_context

from ingest.foundation.settings import Settings, load_settings
from ingest.simulator import SimulatorConfig, simulate, write_batch
from orchestration.dagster_graph.graph import build_defs
from orchestration.dagster_graph.schedules import calibration_schedule, daytime_schedule
from orchestration.dagster_graph.server import set_up
from tests.support.books import disagreements

DAYS = int(os.environ.get("SOAK_DAYS", "3"))
# From this many on a third is long enough to be compared with another.
ENOUGH_TO_COMPARE = 30
PLATFORM = SimulatorConfig(
    order_count=15 * (DAYS + 21), first_date=date(2026, 8, 25), day_count=DAYS, history_day_count=21
)
NOON, EVENING, NIGHT = timedelta(hours=-12), timedelta(0), timedelta(hours=3, minutes=30)


@dataclass(frozen=True)
class Day:
    """What one day took and left behind. CPU seconds of its increments and of its night."""

    increment_seconds: float
    night_seconds: float
    memory_mb: float
    open_file_count: int
    file_count: int


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def left_files(home: Path) -> int:
    """Files of the home, but for what grows by its nature: deliveries, backed-up landings, Dagster's history."""
    return sum(
        path.is_file()
        for folder in ("build", "published", "dbt", "logs", "dashboard-sets")
        for path in (home / folder).rglob("*")
    )


def run(settings: Settings, instance: DagsterInstance, schedule: ScheduleDefinition, at: datetime) -> float:
    """What the schedule asks for at `at` (naive UTC), carried out; the CPU seconds it took."""
    tick = build_schedule_context(instance, scheduled_execution_time=at.replace(tzinfo=UTC))
    request = schedule(tick)
    assert isinstance(request, RunRequest), request
    started = time.process_time()
    result = (
        build_defs(settings)
        .resolve_job_def(str(schedule.job_name))
        .execute_in_process(
            instance=instance,
            partition_key=request.partition_key,
            tags=dict(request.tags),
            run_config=request.run_config,
            raise_on_error=False,
        )
    )
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    return time.process_time() - started


def deliver(folder: Path, landing: Path) -> None:
    """A day's files into the landing folder, as a platform puts them there."""
    for file in sorted(folder.glob("*/*")):
        target = landing / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, target)


def live(home: Path, instance: DagsterInstance) -> Iterator[Day]:
    """One day after the other; the settings as of the last instant of each."""
    settings = load_settings(home)
    for batch in simulate(PLATFORM):
        end = batch.as_of.astimezone(UTC).replace(tzinfo=None)

        def as_of(when: timedelta, end: datetime = end) -> Settings:
            return settings.replace(fixed_as_of=(end + when).replace(tzinfo=UTC))

        increments = 0.0
        for when in (NOON, EVENING):
            if when == EVENING:
                deliver(write_batch(batch, home / "exports"), settings.landing_dir)
            now = as_of(when)
            increments += run(now, instance, daytime_schedule(now), end + when)
        night = as_of(NIGHT)
        night_seconds = run(night, instance, calibration_schedule(night), end + NIGHT)
        gc.collect()
        yield Day(
            increments,
            night_seconds,
            resident_mb(),
            len(os.listdir("/proc/self/fd")),
            left_files(home),
        )


def grown(days: list[Day], what: str) -> float:
    """The median of the last third, over that of the third before."""
    third = len(days) // 3
    values = [float(getattr(day, what)) for day in days]
    return median(values[-third:]) / median(values[-2 * third : -third])


@pytest.mark.long
def test_days_leave_nothing_behind_and_the_books_are_the_ledgers(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text(
        f'official_rate_source = "ecb"\nbackup_dir = "{tmp_path / "kept"}"\n', encoding="utf-8"
    )
    days = []
    with DagsterInstance.from_config(str(set_up(home))) as instance:
        for number, day in enumerate(live(home, instance), 1):
            days.append(day)
            print(
                f"day {number} of {DAYS}: increments {day.increment_seconds:.1f} s, night {day.night_seconds:.1f} s of CPU, "
                f"{day.memory_mb:.0f} MB, {day.open_file_count} open files, {day.file_count} files",
                flush=True,
            )
    settings = load_settings(home)
    end = datetime(2026, 8, 25) + timedelta(days=DAYS, hours=-8) + NIGHT
    assert disagreements(settings, end) == {}
    assert (tmp_path / "kept" / "manifest.json").exists()
    assert days[-1].open_file_count <= days[1].open_file_count
    if DAYS >= ENOUGH_TO_COMPARE:
        ratios = {
            what: round(grown(days, what), 3)
            for what in ("increment_seconds", "night_seconds", "memory_mb", "open_file_count", "file_count")
        }
        print(f"last third over the one before: {ratios}")
        # The history itself grows by half from third to third, and a rebuild with it.
        assert ratios["open_file_count"] <= 1
        assert ratios["file_count"] <= 1
        assert ratios["memory_mb"] <= 1.15
        assert ratios["increment_seconds"] <= 1.25
        assert ratios["night_seconds"] <= 1.5
