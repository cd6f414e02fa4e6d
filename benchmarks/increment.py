"""What a one-day increment costs against the history behind it: `python -m benchmarks.increment [ORDERS …]`.

For each size (100 000 orders unless told) a simulated platform is landed up to the day before the last and built in
full; then the last day is landed and incremented, and then 500 payments of it are delivered again with a later version.
Prints rows landed, rows that changed in any table (old and new places), seconds, peak memory, and the share of the full
build.
"""

import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from ingest.foundation.clock import utc_now
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.simulator import SimulatorConfig, simulate, write_batch
from orchestration.runs import state
from orchestration.runs.build_file import open_build
from orchestration.runs.finish import finish
from orchestration.runs.plan import plan
from orchestration.runs.run import begin, run_models


def changed_rows(settings: Settings) -> int:
    """Rows in schema changes: what the models of this run changed, in its old and its new form."""
    with open_build(settings) as connection:
        tables = [
            table
            for (schema, table) in state.table_columns(connection)
            if schema == "changes" and table not in ("affected_orders", "affected_positions")
        ]
        return sum(
            connection.execute(f"select count(*) from changes.{table}").fetchone()[0] for table in tables
        )


def run(settings: Settings, as_of: datetime) -> tuple[int, int, float]:
    """One increment; returns rows taken up, rows changed, seconds."""
    started = time.monotonic()
    with writer_lock(settings, "benchmark"):
        with open_build(settings) as connection:
            state.prepare(connection)
            planned = plan(settings, connection, as_of)
            begin(connection, planned)
        results = run_models(settings, as_of, planned)
        seconds = time.monotonic() - started
        changed = 0 if planned.is_full_refresh else changed_rows(settings)
        started = time.monotonic()
        finish(
            settings,
            "increment",
            as_of,
            planned,
            started_at=utc_now(),
            results=results,
        )
    return sum(planned.pending.values()), changed, seconds + time.monotonic() - started


def measure(order_count: int) -> None:
    home = Path(tempfile.mkdtemp(prefix="increment-"))
    try:
        settings = Settings(home=home / "home", official_rate_source="ecb")
        *earlier, last = simulate(SimulatorConfig(order_count=order_count, day_count=3))
        started = time.monotonic()
        for batch in earlier:
            land_path(settings, write_batch(batch, home / "exports"))
        landing = time.monotonic() - started
        rows, _, full = run(settings, earlier[-1].as_of.astimezone(UTC).replace(tzinfo=None))
        print(
            f"{order_count:>9} orders  history   {rows:>9} rows landed in {landing:6.1f} s, built in full in {full:6.1f} s",
            flush=True,
        )
        as_of = last.as_of.astimezone(UTC).replace(tzinfo=None)
        again = last.feeds["payments"].slice(0, 500)
        land_path(settings, write_batch(last, home / "exports"))
        report("one day", *run(settings, as_of), full)
        column = again.schema.get_field_index("updated_at")
        later = pa.array([f"{last.as_of + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"] * len(again), pa.string())
        last.feeds.clear()
        last.feeds["payments"] = again.set_column(column, "updated_at", later)
        shutil.rmtree(home / "exports")
        land_path(settings, write_batch(last, home / "exports"))
        report("500 versions", *run(settings, as_of), full)
        print(
            f"{'':>17} peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB",
            flush=True,
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)


def report(what: str, rows: int, changed: int, seconds: float, full: float) -> None:
    print(
        f"{'':>17} {what:<12} {rows:>6} rows taken up, {changed:>7} changed rows, "
        f"{seconds:5.1f} s = {seconds / full:.2f} of the full build"
    )


if __name__ == "__main__":
    for size in [int(argument) for argument in sys.argv[1:]] or [100_000]:
        measure(size)
