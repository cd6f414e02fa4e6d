"""What Apache Spark costs beside DuckDB: `python -m benchmarks.spark [ORDERS …] [--merge ROWS …] [--work DIR]`.

In the environment of `make spark-test`. For each number of orders a simulated year is landed once and both engines take the same
steps on it: everything built, one payment changed, 500 payments, a twentieth of all payments. `--merge` then measures MERGE alone
on tables of so many rows, in four layouts. Seconds on the wall and of the processor, the JVM's with them. Results go to
`benchmarks/results/spark.json` after every step.
"""

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import cost_of, cpu_seconds_below, machine
from benchmarks.year import change_payments, config, end_of, settings_of
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.simulator import write_batches
from orchestration.lake.session import close_session, open_session
from orchestration.runs.increment import increment

RESULTS = Path(__file__).parent / "results" / "spark.json"
# What is delivered again with another amount: in parts of a thousand, at most so many payments.
CHANGES = (("one payment", 1000, 1), ("500 payments", 1000, 500), ("a twentieth of the payments", 50, None))
SCOPE = 1000
_OPTIONS = {"spark.master": "local[2]", "spark.sql.shuffle.partitions": "2", "spark.driver.memory": "3g"}
# How a table lies in the lake, as MERGE finds it.
LAYOUTS = {
    "as it comes": ("", ""),
    "16 buckets of the scope's key": ("partitioned by (bucket(16, order_key))", ""),
    "256 buckets of the scope's key": ("partitioned by (bucket(256, order_key))", ""),
    "deletes beside the data": ("", "'write.merge.mode' = 'merge-on-read', "),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("orders", type=int, nargs="*")
    parser.add_argument("--merge", type=int, nargs="*", default=[], metavar="ROWS")
    parser.add_argument("--work", type=Path)
    arguments = parser.parse_args()
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        for order_count in arguments.orders:
            found: dict[str, Any] = {}
            results.setdefault("years", {})[str(order_count)] = found
            for engine, step, cost in _year(order_count, Path(folder) / str(order_count)):
                found.setdefault(engine, {})[step] = cost
                _keep(results)
        for row_count in arguments.merge:
            merges: dict[str, Any] = {}
            results.setdefault("merge", {})[str(row_count)] = merges
            for layout, cost in _merges(row_count, Path(folder)):
                merges[layout] = cost
                _keep(results)


def _keep(results: dict[str, Any]) -> None:
    results["machine"] = machine()
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results), flush=True)


def _year(order_count: int, work: Path) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Engine, step and cost of each."""
    exports = work / "exports"
    write_batches(config(order_count), exports)
    day = min(folder for folder in exports.iterdir() if folder.is_dir())
    homes = {engine: work / engine for engine in ("duckdb", "spark")}
    rows = land_path(settings_of(homes["duckdb"]), day).rows_accepted
    shutil.copytree(homes["duckdb"], homes["spark"])
    for engine, home in homes.items():
        settings = settings_of(home).replace(engine=engine, spark_options=_OPTIONS)
        if engine == "spark":
            yield engine, "session opened", _cost(partial(open_session, settings))
        as_of = end_of(day)
        yield engine, "everything", _cost(partial(increment, settings, as_of)) | {"rows": rows}
        for number, (step, permille, limit) in enumerate(CHANGES, start=1):
            changed = work / f"{engine}-{number}"
            at = as_of + timedelta(minutes=number)
            change_payments(day, changed, permille, at - timedelta(seconds=30), limit)
            rows_changed = land_path(settings, changed).rows_accepted
            yield engine, step, _cost(partial(increment, settings, at)) | {"rows": rows_changed}
    close_session()


def _merges(row_count: int, work: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Layout and cost of replacing the rows of SCOPE keys, a key having two rows, all over a table."""
    home = work / f"merge-{row_count}"
    spark = open_session(Settings(home=home, engine="spark", spark_options=_OPTIONS))
    rows = (
        "select md5(cast(id div 2 as string)) as order_key, date '2026-01-01' + cast(id % 365 as int) as business_date, "
        "cast(id % 100000 as decimal(18, 2)) as amount_cny, concat('user', id % 50000) as user_id, "
        f"uuid() as movement_id from range({row_count})"
    )
    given = (
        f"select 'gone' as step, md5(cast(id * {row_count // 2 // SCOPE} as string)) as order_key, cast(null as date) as "
        "business_date, cast(null as decimal(18, 2)) as amount_cny, cast(null as string) as user_id, cast(null as string) as "
        f"movement_id from range({SCOPE}) union all select 'new', md5(cast((id div 2) * {row_count // 2 // SCOPE} as string)), "
        f"date '2026-01-01', cast(1 as decimal(18, 2)), 'user1', md5(cast(id as string)) from range({2 * SCOPE})"
    )
    for layout, (partitioned, properties) in LAYOUTS.items():
        table = "scratch.merged"
        spark.sql(f"drop table if exists {table}")
        spark.sql(
            f"create table {table} using iceberg {partitioned} tblproperties ({properties}'write.format.default' = 'parquet') "
            f"as {rows}"
        )
        merge = (
            f"merge into {table} as kept using ({given}) as given on given.step = 'gone' and kept.order_key = given.order_key "
            "when matched then delete when not matched and given.step = 'new' then insert (order_key, business_date, "
            "amount_cny, user_id, movement_id) values (given.order_key, given.business_date, given.amount_cny, given.user_id, "
            "given.movement_id)"
        )
        # The first pays for what Java compiles.
        spark.sql(merge)
        yield layout, _cost(partial(spark.sql, merge)) | {"rows": 2 * SCOPE}
    close_session()
    shutil.rmtree(home, ignore_errors=True)


def _cost(work: Callable[[], object]) -> dict[str, float]:
    """The JVM is a child of this process."""
    cost = cost_of(work, partial(cpu_seconds_below, os.getpid()))
    return {"wall_seconds": round(cost.wall_seconds, 2), "processor_seconds": round(cost.cpu_seconds, 2)}


if __name__ == "__main__":
    main()
