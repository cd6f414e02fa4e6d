"""The demo: a deterministic simulated platform with real exchange rates, landed and incremented day by day, then calibrated."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from ingest.foundation.clock import naive_utc
from ingest.foundation.errors import WarehouseError
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings, load_settings
from ingest.land.folders import land_path
from ingest.simulator import SimulatorConfig, simulate, write_batch
from ingest.simulator.config import as_of as as_of_day
from orchestration.runs import state
from orchestration.runs.build_file import open_build
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment

LAST_DAY_LEFT = timedelta(hours=4)
DEMO_SETTINGS = """\
# Written by `warehouse demo`: the simulated platform books at the rates of the ECB.
official_rate_source = "ecb"
# Its story ends here: as of now, every current period would be empty. Remove the line to let time go on.
fixed_as_of = "{ends_at:%Y-%m-%dT%H:%M:%SZ}"
"""


@dataclass
class DemoReport:
    """Seconds by phase (simulate, land, increment, calibrate), rows landed, and whether an earlier demo was found complete."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows_landed: int = 0
    increment_count: int = 0
    was_complete: bool = False


def run_demo(settings: Settings, config: SimulatorConfig, say: Callable[[str], None]) -> DemoReport:
    """Land, increment and calibrate the simulated platform in `settings.home`.

    Interrupted, it goes on where it stopped; complete, it does nothing. Raises WarehouseError in a home that holds other data.
    """
    wanted = {key: str(value) for key, value in asdict(config).items()}
    marker = settings.home / "demo.json"
    earlier = json.loads(marker.read_text(encoding="utf-8")) if marker.exists() else None
    report = DemoReport()
    if earlier == {**wanted, "is_complete": "true"} and settings.published_path.exists():
        report.was_complete = True
        return report
    if earlier is None and (settings.raw_path.exists() or settings.build_path.exists()):
        raise WarehouseError(
            f"{settings.home} already holds a warehouse that is no demo. Nothing was changed. "
            "Give the demo a home of its own: warehouse demo --home DIR"
        )
    if earlier is not None and {**earlier, "is_complete": ""} != {**wanted, "is_complete": ""}:
        raise WarehouseError(
            f"{settings.home} holds a demo of another size. Nothing was changed. "
            "Give this one a home of its own (warehouse demo --home DIR), or delete that folder."
        )
    settings.home.mkdir(parents=True, exist_ok=True)
    settings_file = settings.home / "settings.toml"
    if not settings_file.exists():
        settings_file.write_text(DEMO_SETTINGS.format(ends_at=_ends_at(config)), encoding="utf-8")
    settings = load_settings(settings.home)
    marker.write_text(json.dumps({**wanted, "is_complete": ""}), encoding="utf-8")
    with writer_lock(settings, "demo"):
        _run_days(settings, config, say, report)
    marker.write_text(json.dumps({**wanted, "is_complete": "true"}), encoding="utf-8")
    return report


def _run_days(
    settings: Settings, config: SimulatorConfig, say: Callable[[str], None], report: DemoReport
) -> None:
    done_until = _published_as_of(settings)
    exports = settings.home / "demo"
    clock = _Clock(report.seconds)
    as_of = None
    for batch in clock.each("simulate", simulate(config)):
        as_of = min(naive_utc(batch.as_of), _ends_at(config))
        if done_until is not None and as_of <= done_until:
            continue
        folder = write_batch(batch, exports)
        clock.lap("simulate")
        landed = land_path(settings, folder)
        clock.lap("land")
        if landed.rejected:
            raise WarehouseError("\n".join(rejected.line() for rejected in landed.rejected))
        run = increment(settings, as_of)
        clock.lap("increment")
        report.rows_landed += landed.rows_accepted
        report.increment_count += 1
        how = "built in full" if run.is_full_refresh else "incremented"
        say(
            f"{batch.business_date}: {landed.rows_accepted} rows landed, {landed.rows_quarantined} quarantined, "
            f"{how} in {run.seconds:.1f} s"
        )
    calibrated = calibrate(settings, as_of)
    clock.lap("calibrate")
    say(calibrated.summary())
    if calibrated.unexplained_count:
        raise WarehouseError("The calibration found unexplained drift; see audit.calibration_drift.")
    shutil.rmtree(exports, ignore_errors=True)


def _ends_at(config: SimulatorConfig) -> datetime:
    """The demo ends in the evening of its last day, so that `today` has figures (naive UTC)."""
    return naive_utc(as_of_day(config.last_day)) - LAST_DAY_LEFT


def _published_as_of(settings: Settings) -> datetime | None:
    if not settings.published_path.exists():
        return None
    with open_build(settings) as connection:
        state.prepare(connection)
        earlier = state.read(connection)
    return earlier.published_as_of if earlier else None


class _Clock:
    """Adds up wall-clock seconds by phase."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def lap(self, phase: str) -> None:
        now = time.monotonic()
        self._seconds[phase] = self._seconds.get(phase, 0.0) + now - self._last
        self._last = now

    def each(self, phase: str, items):  # type: ignore[no-untyped-def]
        for item in items:
            self.lap(phase)
            yield item


def peak_memory_mb() -> float:
    """The largest resident size this process has had, in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
