"""`python -m benchmarks.questions`: seconds that each question of docs/queries.md takes with `warehouse query`.

Each is asked as a command of its own on the published file of `--home` (a finished `warehouse demo`), several times; the last
column is the query alone on an open file, and the rest of a command is its start.
"""

import argparse
import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from benchmarks.measure import Cost, cost_of, cpu_seconds_of_ended, machine
from ingest.foundation.settings import load_settings
from orchestration.reading.query import answer
from tests.support.queries import PAGE, queries

_COMMAND = (Path(sys.executable).parent / "warehouse", "query", "--format", "csv")


def ask(home: Path, sql: str) -> Cost:
    """What one command costs. Raises CalledProcessError where it fails."""
    command = [*_COMMAND, "--home", home, "-f", "-"]
    return cost_of(
        lambda: subprocess.run(command, input=sql.encode(), check=True, capture_output=True),
        cpu_seconds_of_ended,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    parser.add_argument("--home", type=Path, help="folder of all state (default $WAREHOUSE_HOME, else ./var)")
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    settings = load_settings(chosen.home)
    print("| question | seconds | CPU seconds | of which the query, ms |\n| --- | ---: | ---: | ---: |")
    for query in queries(PAGE.read_text(encoding="utf-8")):
        asked = [ask(settings.home, query.sql) for _ in range(chosen.repeat)]
        wall = statistics.median(cost.wall_seconds for cost in asked)
        cpu = statistics.median(cost.cpu_seconds for cost in asked)
        with answer(settings, query.sql) as connection:
            connection.fetchall()
            alone = []
            for _ in range(chosen.repeat):
                started = time.perf_counter()
                with closing(connection.cursor()) as cursor:
                    cursor.execute("use published.main")
                    cursor.execute(query.sql).fetchall()
                alone.append(time.perf_counter() - started)
        print(
            f"| {query.title} | {wall:.2f} | {cpu:.2f} | {1000 * statistics.median(alone):.0f} |", flush=True
        )
    print(f"\nmedians of {chosen.repeat}; {machine()}")


if __name__ == "__main__":
    main()
