"""What DuckDB takes for one thing said in two ways: `python -m benchmarks.forms [--rows 1000000]`.

The forms that the project avoids beside those it uses, one thread, seconds of the processor, best of three: a product of more
than 18 digits rounded by a cast, a time zone looked up row by row, text read as a number of more than 18 digits.
"""

import argparse
import tempfile
from pathlib import Path

import duckdb

from benchmarks.measure import cost_of
from ingest.foundation.settings import Settings
from tests.support.rendered import rendered

REPEATS = 3
ROWS = """
create table rows as
select
    cast(random() * 1000 as decimal(18, 4)) as amount,
    cast(7 + random() as decimal(20, 10)) as rate,
    timestamp '2026-01-01' + interval '31 seconds' * number as instant,
    cast(cast(random() * 1000 as decimal(18, 2)) as varchar) as price
from range(?) as numbers (number)
"""


def forms(settings: Settings) -> dict[str, tuple[str, str]]:
    """By what is computed, the form that is avoided and the one that is used."""
    zone = {"business_time_zone": "Asia/Shanghai"}
    date = "{{ business_date('instant') }}"
    return {
        "foreign money in CNY": (
            rendered(settings, "{{ to_cny(foreign_product('amount', 'rate')) }}"),
            rendered(settings, "{{ foreign_to_cny('amount', 'rate') }}"),
        ),
        "business date": (
            rendered(settings, date, **zone, business_utc_offset_minutes=None),
            rendered(settings, date, **zone, business_utc_offset_minutes=480),
        ),
        "text as a number": ("cast(price as decimal(38, 10))", "cast(price as decimal(18, 2))"),
    }


def cpu_seconds(connection: duckdb.DuckDBPyConnection, expression: str) -> float:
    """Of computing it for every row, the least of the repeats."""
    query = f"select count({expression}) from rows"
    return min(cost_of(lambda: connection.execute(query).fetchall()).cpu_seconds for _ in range(REPEATS))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forms", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="forms-") as folder, duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.execute(ROWS, [count])
        print(f"{count:,} rows, seconds of the processor")
        print(f"{'':<24}{'avoided':>10}{'used':>10}{'avoided / used':>16}")
        for name, (avoided, used) in forms(Settings(home=Path(folder))).items():
            slow, fast = cpu_seconds(connection, avoided), cpu_seconds(connection, used)
            print(f"{name:<24}{slow:>10.2f}{fast:>10.2f}{slow / fast:>15.0f}x")


if __name__ == "__main__":
    main()
