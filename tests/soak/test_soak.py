"""Business days through the schedules as Dagster runs them: increments by day, calibration and backup by night.

`make soak` lives 60 days, `make long` three. At the end every figure is the ledger's; open files, files on disk, memory and
CPU time of the last third are held against the third before.
"""

import multiprocessing
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest

from ingest.foundation.clock import naive_utc
from ingest.foundation.settings import load_settings
from ingest.simulator import SimulatorConfig, simulate, write_batch
from orchestration.dagster_graph.server import set_up
from tests.soak.runs import Run, carry_out
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
    """What one day took and left behind; the peak is that of its hungriest run."""

    increment_cpu_seconds: float
    night_cpu_seconds: float
    peak_mb: float
    open_file_count: int
    file_count: int

    def line(self) -> str:
        return (
            f"increments {self.increment_cpu_seconds:.1f} s, night {self.night_cpu_seconds:.1f} s of CPU, "
            f"{self.peak_mb:.0f} MB, {self.open_file_count} open files, {self.file_count} files"
        )


def left_files(home: Path) -> int:
    """Files of the home, but for what grows by its nature: deliveries, backed-up landings, Dagster's history."""
    return sum(
        path.is_file()
        for folder in ("build", "published", "dbt", "logs", "dashboard-sets")
        for path in (home / folder).rglob("*")
    )


def deliver(folder: Path, landing: Path) -> None:
    """A day's files into the landing folder, as a platform puts them there."""
    for file in sorted(folder.glob("*/*")):
        target = landing / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, target)


def live(home: Path) -> Iterator[Day]:
    """One day after the other: a tick before its data, one with them, the night. Every run in a process of its own."""
    landing, dagster_folder = load_settings(home).landing_dir, set_up(home)
    processes = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1)
    with processes:

        def run(which: str, at: datetime) -> Run:
            return processes.submit(carry_out, home, dagster_folder, which, at).result()

        for batch in simulate(PLATFORM):
            end = naive_utc(batch.as_of)
            noon = run("day", end + NOON)
            deliver(write_batch(batch, home / "exports"), landing)
            evening, night = run("day", end + EVENING), run("night", end + NIGHT)
            runs = (noon, evening, night)
            yield Day(
                noon.cpu_seconds + evening.cpu_seconds,
                night.cpu_seconds,
                max(one.peak_mb for one in runs),
                max(one.open_file_count for one in runs),
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
    for day in live(home):
        days.append(day)
        print(f"day {len(days)} of {DAYS}: {day.line()}", flush=True)
    end = datetime(2026, 8, 25) + timedelta(days=DAYS, hours=-8) + NIGHT
    assert disagreements(load_settings(home), end) == {}
    assert (tmp_path / "kept" / "manifest.json").exists()
    assert days[-1].open_file_count <= days[0].open_file_count
    if DAYS >= ENOUGH_TO_COMPARE:
        ratios = {what: round(grown(days, what), 3) for what in Day.__dataclass_fields__}
        print(f"last third over the one before: {ratios}")
        assert ratios["open_file_count"] <= 1
        assert ratios["file_count"] <= 1
        # The history itself grows from third to third, and with it what a rebuild reads.
        assert ratios["peak_mb"] <= 1.15
        assert ratios["increment_cpu_seconds"] <= 1.2
        assert ratios["night_cpu_seconds"] <= 1.4
