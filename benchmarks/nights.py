"""Whether anything grows with use: `python -m benchmarks.nights [--nights 60] [--increments 20] [--orders 10000]`.

A simulated platform lives for so many days; each day's files land in so many parts, each part is taken up by an increment, and
each night is calibrated. Printed by night, and kept in `benchmarks/results/nights-<increments>.json`: seconds of the processor of
an increment (median) and of the calibration, MB of the build before and after it, those MB divided by what the same tables take
written once, and the most memory so far. Hours; what was measured is kept when it is stopped.
"""

import argparse
import dataclasses
import json
import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import cost_of, machine, peak_mb
from benchmarks.year import RESULTS, megabytes, settings_of
from ingest.foundation.database import attach_new
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.sql import quote_text
from ingest.land.folders import land_path
from ingest.simulator import SimulatorConfig, simulate, write_batch
from ingest.simulator.platform import DayBatch
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment

NIGHT_COUNT = 60


def parts(batch: DayBatch, count: int) -> Iterator[DayBatch]:
    """The batch in so many batches, every feed's rows in their order."""
    for part in range(count):
        feeds = {}
        for feed, table in batch.feeds.items():
            start, end = (len(table) * number // count for number in (part, part + 1))
            feeds[feed] = table.slice(start, end - start)
        yield dataclasses.replace(batch, feeds=feeds)


def written_once_mb(build_dir: Path, work: Path) -> float:
    """MB of the tables of all files of the build, each written once into a new file."""
    total = 0.0
    for source in build_dir.glob("*.duckdb"):
        target = work / f"once-{source.name}"
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"attach {quote_text(str(source))} as source (read_only)")
            attach_new(connection, target, "target")
            tables = fetch_rows(
                connection,
                "select schema_name, table_name from duckdb_tables() where database_name = 'source'",
            )
            for schema in {schema for schema, _ in tables}:
                connection.execute(f'create schema if not exists target."{schema}"')
            for schema, table in tables:
                connection.execute(
                    f'create table target."{schema}"."{table}" as from source."{schema}"."{table}"'
                )
            connection.execute("checkpoint target")
        total += megabytes(target)
        target.unlink()
    return total


def config(order_count: int, night_count: int) -> SimulatorConfig:
    """A first day and so many more, beginning early enough that the bundled rates last."""
    return SimulatorConfig(
        order_count=order_count,
        first_date=date(2026, 6, 1),
        day_count=night_count + 1,
        rate_history_day_count=100,
    )


def live(order_count: int, night_count: int, increment_count: int, work: Path) -> Iterator[dict[str, Any]]:
    """One row a night, after the platform's first day, which is built in full."""
    home = work / "home"
    settings = settings_of(home)
    build_dir = settings.build_path.parent
    for day, batch in enumerate(simulate(config(order_count, night_count))):
        as_of = batch.as_of.astimezone(UTC).replace(tzinfo=None)
        seconds = []
        for part, delivered in enumerate(parts(batch, increment_count if day else 1), start=1):
            land_path(settings, write_batch(delivered, work / "exports" / f"{day}-{part}"))
            at = as_of - timedelta(minutes=increment_count - part) if day else as_of
            seconds.append(cost_of(lambda at=at: increment(settings, at)).cpu_seconds)
        if not day:
            continue
        before = megabytes(build_dir)
        calibration = cost_of(lambda as_of=as_of: calibrate(settings, as_of))
        once = written_once_mb(build_dir, work)
        yield {
            "night": day,
            "increment_cpu_seconds": statistics.median(seconds),
            "calibration_cpu_seconds": calibration.cpu_seconds,
            "build_mb_before": before,
            "build_mb_after": megabytes(build_dir),
            "before_to_written_once": before / once,
            "after_to_written_once": megabytes(build_dir) / once,
            "peak_memory_mb": peak_mb(),
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nights", description=__doc__)
    parser.add_argument("--nights", type=int, default=NIGHT_COUNT)
    parser.add_argument("--increments", type=int, default=20)
    parser.add_argument("--orders", type=int, default=10_000)
    chosen = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"nights-{chosen.increments}.json"
    nights = []
    with tempfile.TemporaryDirectory(prefix="nights-") as folder:
        for night in live(chosen.orders, chosen.nights, chosen.increments, Path(folder)):
            nights.append(night)
            print(", ".join(f"{name} {value:.2f}" for name, value in night.items()), flush=True)
            told = {
                "order_count": chosen.orders,
                "increments_a_night": chosen.increments,
                "machine": machine(),
                "nights": nights,
            }
            file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
