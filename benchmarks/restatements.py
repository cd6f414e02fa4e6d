"""How many rows audit.restatements gains a year beside the marts: `python -m benchmarks.restatements [ORDERS [DAYS]]`.

A simulated year of orders (100 000 unless told) is landed and built in full up to its last days (20 unless told); each of
those is then landed, incremented and published by itself, with all that comes late, is corrected or is re-booked at a final
rate on it. A cell that changes again has its row already, so the first days gain more than later ones: a year is reckoned at
what the second half of the days gained. Prints the rows after each day, those of all days by table and cause, and the rows of
all marts.
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.simulator import SimulatorConfig, simulate, write_batch
from orchestration.runs.increment import increment

DAYS_A_YEAR = 365


def published_days(
    settings: Settings, exports: Path, order_count: int, day_count: int
) -> Iterator[tuple[datetime, int]]:
    """Lands and publishes the history, then one day after another; yields each day's as-of and the rows restated so far."""
    config = SimulatorConfig(
        order_count=order_count,
        day_count=day_count + 1,
        history_day_count=DAYS_A_YEAR - day_count - 1,
        rate_history_day_count=DAYS_A_YEAR + 35,
    )
    for batch in simulate(config):
        as_of = batch.as_of.astimezone(UTC).replace(tzinfo=None)
        land_path(settings, write_batch(batch, exports))
        increment(settings, as_of)
        with duckdb.connect(str(settings.published_path), read_only=True) as published:
            [(row_count,)] = published.execute("select count(*) from audit.restatements").fetchall()
        yield as_of, row_count


def row_counts(published: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every mart, by name."""
    names = published.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
    return {
        name: published.execute(f"select count(*) from marts.{name}").fetchall()[0][0] for (name,) in names
    }


def measure(order_count: int, day_count: int) -> None:
    """Run the days and print the table."""
    with tempfile.TemporaryDirectory(prefix="restatements-") as folder:
        settings = Settings(home=Path(folder) / "home", official_rate_source="ecb")
        rows = []
        for as_of, row_count in published_days(settings, Path(folder) / "exports", order_count, day_count):
            print(f"as of {as_of:%Y-%m-%d %H:%M} UTC: {row_count} rows", flush=True)
            rows.append(row_count)
        with duckdb.connect(str(settings.published_path), read_only=True) as published:
            restated = published.execute(
                "select table_name, cause, count(*) from audit.restatements group by all order by all"
            ).fetchall()
            marts = sum(row_counts(published).values())
    for table, cause, count in restated:
        print(f"{table:<32} {cause:<18} {count:>8}")
    half = day_count // 2
    gained = (rows[-1] - rows[half]) / (day_count - half)
    print(
        f"{order_count} orders: {rows[-1]} rows in {day_count} days; from day {half + 1} on {gained:.0f} a day, "
        f"{gained * DAYS_A_YEAR:.0f} in a year; the marts have {marts} rows"
    )


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    measure(*(arguments or [100_000]), *([20] if len(arguments) < 2 else []))
