"""What a simulated year costs: `python -m benchmarks.year [ORDERS …] [--repeat N] [--landing DIR] [--copies N] [--work DIR]`.

For each size (100 000 orders unless told) the files of a year are landed and built; then, every step in a process of its own:
calibration, the floor, the pandas script and PostgreSQL (equal cell by cell, or the run ends), one day's files (also by plain
dbt's strategies and SQLMesh, and the rows that they leave wrong), 500 changed payments, a moved as-of, nothing new. The
crossover is measured at the smallest size: growing shares of the payments are delivered again with another amount, and taken
up once by an increment and once by a rebuild of the same home. `--without PART` leaves a part out. `--copies N` simulates an
N-th of the orders and delivers every row N times, with identifiers of its own: the simulator holds a life in memory.
`--memory-limit SIZE` is setting `memory_limit` of every step; the floor has none.

Every figure is a ratio of seconds of one run; the seconds, the peak memory and the sizes stand beside it. Results go to
`benchmarks/results/` as JSON, and from there to docs/benchmarks.md (`python -m benchmarks.report`).
"""

import argparse
import dataclasses
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import pandas_script
from benchmarks.copies import write_copies
from benchmarks.floor.floor import differing_marts, run_floor
from benchmarks.left_wrong import rows_left_wrong
from benchmarks.measure import Measured, ScriptCost, in_own_process, machine
from benchmarks.plain_dbt.plain_dbt import look_back_variables, run_plain_dbt, write_project
from benchmarks.postgres import postgres
from benchmarks.sqlmesh import arm as sqlmesh
from benchmarks.sqlmesh.project import compiled_models
from benchmarks.sqlmesh.project import write_project as write_sqlmesh_project
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from ingest.simulator import SimulatorConfig, write_batches
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment
from tests.support.programs import HOW_TO_INSTALL, find_program

RESULTS = Path(__file__).parent / "results"
DAY_COUNT = 3
# Of the payments, in parts of a thousand.
CROSSOVER_SHARES = (1, 10, 50, 200, 500, 1000)
# How far back a plain incremental model computes again.
LOOK_BACK_DAYS = (3, 7, 30)
_MEMORY_LIMIT = "BENCHMARK_MEMORY_LIMIT"
# What `--without` leaves out.
PARTS = ("floor", "pandas", "postgres", "look-back", "by-key", "sqlmesh", "crossover")


def config(order_count: int) -> SimulatorConfig:
    """A year of life: all but its last days come with the first of them, as a platform's first export does."""
    return SimulatorConfig(
        order_count=order_count,
        day_count=DAY_COUNT,
        history_day_count=365 - DAY_COUNT,
        rate_history_day_count=400,
    )


def write_landing(order_count: int, folder: Path, *, copies: int = 1) -> None:
    """The day folders of a year."""
    if copies == 1:
        write_batches(config(order_count), folder)
        return
    with tempfile.TemporaryDirectory(prefix="one-", dir=folder.parent) as one:
        write_batches(config(order_count // copies), Path(one))
        write_copies(Path(one), folder, copies)


def settings_of(home: Path, full_refresh_share: float = 1) -> Settings:
    """As every step has them, in whatever process; the memory limit is that of the whole measurement."""
    return Settings(
        home=home,
        official_rate_source="ecb",
        full_refresh_share=full_refresh_share,
        memory_limit=os.environ.get(_MEMORY_LIMIT),
    )


def end_of(day: Path) -> datetime:
    """The as-of of a day folder: its business date's end, in UTC."""
    return datetime.fromisoformat(day.name) + timedelta(hours=16)


def land(home: Path, folder: Path) -> int:
    """Rows accepted."""
    return land_path(settings_of(home), folder).rows_accepted


def land_history(home: Path, folder: Path) -> int:
    """Rows accepted: all, for the floor, which is compared with what comes of them, takes every row."""
    report = land_path(settings_of(home), folder)
    if report.rows_quarantined:
        raise SystemExit(
            f"{report.rows_quarantined} rows of {folder} were quarantined: the floor would take them"
        )
    return report.rows_accepted


def run_increment(home: Path, as_of: datetime, full_refresh_share: float = 1) -> tuple[bool, bool, float]:
    """Whether it rebuilt, whether it published, and the seconds of its models."""
    report = increment(settings_of(home, full_refresh_share), as_of)
    return report.is_full_refresh, report.is_published, _model_seconds(report.results)


def run_calibrate(home: Path, as_of: datetime) -> float:
    """Seconds of its models."""
    report = calibrate(settings_of(home), as_of)
    if report.unexplained_count:
        raise SystemExit(report.summary())
    return _model_seconds(report.run.results)


def require_equal(what: str, one: Path, other: Path, marts: Collection[str] | None = None) -> None:
    """SystemExit: the marts of two files (all of the second unless told) differ, so their seconds are of different work."""
    different = differing_marts(one, other, marts)
    if different:
        raise SystemExit(f"{what} differ: {different}")


def change_payments(
    source: Path, folder: Path, permille: int, at: datetime, limit: int | None = None
) -> None:
    """Files of a share of the payments in a later version, their amount 0.01 more."""
    (folder / "payments").mkdir(parents=True)
    columns = [row[0] for row in duckdb.execute(f"describe from '{source}/payments/*.parquet'").fetchall()]
    changed = {
        "amount": "cast(cast(amount as decimal(18, 4)) + 0.01 as varchar)",
        "amount_cny": "cast(cast(amount_cny as decimal(18, 2)) + 0.01 as varchar)",
        "updated_at": f"'{at:%Y-%m-%dT%H:%M:%SZ}'",
    }
    select = ", ".join(f"{changed.get(name, name)} as {name}" for name in columns)
    duckdb.execute(
        f"copy (select {select} from '{source}/payments/*.parquet' where hash(payment_id) % 1000 < {permille} "
        f"{f'order by payment_id limit {limit}' if limit else ''}) to '{folder}/payments/changed.parquet' (compression zstd)"
    )


def measure(
    order_count: int, repeat: int, landing: Path, work: Path, *, parts: Collection[str] = PARTS
) -> dict[str, Any]:
    """All steps of one size; `landing` holds the day folders, `work` is empty."""
    first, second, _ = days = sorted(folder for folder in landing.iterdir() if folder.is_dir())
    history, home = work / "history", work / "home"
    history.mkdir()
    (history / first.name).symlink_to(first.resolve())
    steps: dict[str, Any] = {}

    landed = in_own_process(land_history, home, first)
    steps["landing"] = _step(landed, rows=landed.value)
    steps["first build"] = _step(in_own_process(run_increment, home, end_of(first)))
    calibrations, floors, scripts, postgres_seconds = [], [], [], []
    for number in range(repeat):
        calibrations.append(in_own_process(run_calibrate, home, end_of(first)))
        if "floor" in parts:
            floor_path = work / f"floor-{number}.duckdb"
            floors.append(in_own_process(run_floor, history, floor_path, end_of(first)))
            require_equal("the floor and the publication", floor_path, settings_of(home).published_path)
        if "pandas" in parts:
            scripts.append(_pandas(history, work / f"pandas-{number}", end_of(first), home))
        if "postgres" in parts:
            postgres_seconds.append(_postgres(history, work / f"postgres-{number}", end_of(first), home))
    calibration = _median(calibrations)
    steps["calibration"] = _step(calibration, model_seconds=calibration.value)
    if floors:
        steps["floor"] = _script_step(floors)
    if scripts:
        steps["pandas script"] = _script_step(scripts)
    if postgres_seconds:
        steps["PostgreSQL"] = {"wall_seconds": statistics.median_high(postgres_seconds), "peak_mb": None}
    sizes = {
        "landing_mb": megabytes(first),
        "raw_mb": megabytes(settings_of(home).raw_path),
        "build_mb": megabytes(home / "build"),
        "published_mb": megabytes(settings_of(home).published_path.resolve()),
    }
    if floors:
        sizes["floor_mb"] = megabytes(work / "floor-0.duckdb")
    if "sqlmesh" in parts:
        _plan_sqlmesh(home, end_of(first), work)
    crossover = _crossover(first, home, work) if "crossover" in parts else []

    at = end_of(second)
    steps["one day landed"] = _step(in_own_process(land, home, second))
    earlier = work / "earlier.duckdb"
    shutil.copyfile(settings_of(home).build_path, earlier)
    steps["one day"] = _incremented(home, at)
    plain = _look_backs(home, earlier, at, work) if "look-back" in parts else {}
    if "by-key" in parts:
        plain |= _by_key(home, earlier, at, work)
    if "sqlmesh" in parts:
        plain |= _run_sqlmesh(home, at, work)
    change_payments(first, work / "changed", 1000, at, limit=500)
    in_own_process(land, home, work / "changed")
    steps["500 payments"] = _incremented(home, at)
    steps["as-of moved 15 minutes"] = _incremented(home, at + timedelta(minutes=15))
    steps["nothing new"] = _incremented(home, at + timedelta(minutes=15))
    return {
        "order_count": order_count,
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": machine(),
        "repeat": repeat,
        "memory_limit": os.environ.get(_MEMORY_LIMIT),
        "day_count": len(days),
        "steps": steps,
        "sizes": sizes,
        "ratios": _ratios(steps),
        "plain_dbt": plain,
        "crossover": crossover,
    }


def _look_backs(home: Path, earlier: Path, as_of: datetime, work: Path) -> dict[str, dict[str, float]]:
    """By look-back: seconds of the models that bring `earlier`, a build file, to the as-of, and the rows left wrong."""
    settings = settings_of(home)
    write_project(work / "look-back", "look_back")
    results: dict[str, dict[str, float]] = {}
    for days in LOOK_BACK_DAYS:
        path = work / "looked-back.duckdb"
        shutil.copyfile(earlier, path)
        first_date = _first_date(as_of, days)
        told = look_back_variables(settings, as_of, first_date)
        run = in_own_process(run_plain_dbt, work / "look-back", settings, path, as_of, told)
        wrong, rows = rows_left_wrong(path, settings.published_path, first_date)
        results[f"look-back of {days} days"] = _left_wrong(run.value, wrong, rows)
    return results


def _by_key(home: Path, earlier: Path, as_of: datetime, work: Path) -> dict[str, dict[str, float]]:
    """The same by key."""
    settings, path = settings_of(home), work / "by-key.duckdb"
    write_project(work / "by-key", "by_key")
    shutil.copyfile(earlier, path)
    run = in_own_process(run_plain_dbt, work / "by-key", settings, path, as_of, {})
    return {"by key": _left_wrong(run.value, *rows_left_wrong(path, settings.published_path))}


def _plan_sqlmesh(home: Path, as_of: datetime, work: Path) -> None:
    """By look-back a project of the same models and its first plan, its marts equal to the publication's."""
    settings, made = settings_of(home), work / "sqlmesh.duckdb"
    models = in_own_process(compiled_models, settings, work / "compiled").value
    for days in LOOK_BACK_DAYS:
        folder = work / f"sqlmesh-{days}"
        write_sqlmesh_project(settings, folder, models, days)
        sqlmesh.apply("plan", folder, settings, as_of)
        sqlmesh.copy_marts(folder, made)
        require_equal("SQLMesh and the publication", made, settings.published_path)


def _run_sqlmesh(home: Path, as_of: datetime, work: Path) -> dict[str, dict[str, float]]:
    """By look-back: what the run cost that brings a planned project to the as-of, and the rows left wrong."""
    settings, made = settings_of(home), work / "sqlmesh.duckdb"
    results: dict[str, dict[str, float]] = {}
    for days in LOOK_BACK_DAYS:
        folder = work / f"sqlmesh-{days}"
        run = sqlmesh.apply("run", folder, settings, as_of)
        sqlmesh.copy_marts(folder, made)
        left_wrong = rows_left_wrong(made, settings.published_path, _first_date(as_of, days))
        results[f"SQLMesh, look-back of {days} days"] = {
            **dataclasses.asdict(run),
            **_left_wrong(run.model_seconds, *left_wrong),
        }
        shutil.rmtree(folder)
    return results


def _first_date(as_of: datetime, days: int) -> date:
    """The first date that a look-back computes again: the day that ended with the as-of is its last."""
    return (as_of - timedelta(hours=16)).date() - timedelta(days=days - 1)


def _left_wrong(model_seconds: float, wrong: int, rows: int) -> dict[str, float]:
    return {"model_seconds": model_seconds, "wrong_row_count": wrong, "row_count": rows}


def _pandas(history: Path, folder: Path, as_of: datetime, home: Path) -> Measured[ScriptCost]:
    """The script run once, its marts equal to the publication's."""
    run = in_own_process(pandas_script.run_pandas, history, folder, as_of)
    made = folder / "made.duckdb"
    pandas_script.make_database(folder, made)
    published = settings_of(home).published_path
    require_equal("the pandas script and the publication", made, published, pandas_script.MARTS)
    return run


def _postgres(history: Path, folder: Path, as_of: datetime, home: Path) -> float:
    """Seconds of the marts made once on a server of their own, equal to the publication's."""
    folder.mkdir()
    made = folder / "made.duckdb"
    with postgres.loaded_server(history, folder) as server:
        cost = postgres.run_postgres(server, as_of)
        postgres.make_database(server, folder, made)
    published = settings_of(home).published_path
    require_equal("PostgreSQL and the publication", made, published, pandas_script.MARTS)
    return cost.wall_seconds


def _ratios(steps: dict[str, Any]) -> dict[str, float]:
    calibration, floor = steps["calibration"], steps.get("floor")

    def of_calibration(name: str) -> float:
        return float(steps[name]["wall_seconds"] / calibration["wall_seconds"])

    rest = calibration["wall_seconds"] / calibration["model_seconds"] - 1
    ratios = {
        "rest of the calibration ÷ its models": rest,
        "one day ÷ calibration": of_calibration("one day"),
        "500 payments ÷ calibration": of_calibration("500 payments"),
        "as-of moved 15 minutes ÷ calibration": of_calibration("as-of moved 15 minutes"),
        "nothing new ÷ calibration": of_calibration("nothing new"),
    }
    if floor is None:
        return ratios
    ratios["models of the calibration ÷ floor"] = calibration["model_seconds"] / floor["model_seconds"]
    ratios["landing ÷ floor's reading"] = steps["landing"]["wall_seconds"] / floor["read_seconds"]
    if "pandas script" in steps:
        name = f"pandas script, {len(pandas_script.MARTS)} marts ÷ floor, all marts (reading and modelling)"
        ratios[name] = _read_and_model(steps["pandas script"]) / _read_and_model(floor)
    if "PostgreSQL" in steps:
        name = f"PostgreSQL, {len(pandas_script.MARTS)} marts ÷ floor, all marts (modelling)"
        ratios[name] = steps["PostgreSQL"]["wall_seconds"] / floor["model_seconds"]
    return ratios


def _read_and_model(step: dict[str, Any]) -> float:
    return float(step["read_seconds"] + step["model_seconds"])


def _incremented(home: Path, as_of: datetime) -> dict[str, Any]:
    run = in_own_process(run_increment, home, as_of)
    is_full_refresh, is_published, model_seconds = run.value
    if is_full_refresh:
        raise SystemExit("the increment rebuilt: the step says nothing")
    return _step(run, model_seconds=model_seconds, is_published=is_published)


def _crossover(first: Path, home: Path, work: Path) -> list[dict[str, float]]:
    """Increment ÷ rebuild over the share of all rows that changed; both arms equal in every mart."""
    at = end_of(first) + timedelta(hours=1)
    points = []
    for permille in CROSSOVER_SHARES:
        arms, published = {}, []
        change_payments(first, work / f"changed-{permille}", permille, at)
        for arm, full_refresh_share in (("increment", 1.0), ("rebuild", 0.0)):
            copy = work / f"{arm}-{permille}"
            shutil.copytree(home, copy)
            rows = in_own_process(land, copy, work / f"changed-{permille}").value
            arms[arm] = in_own_process(run_increment, copy, at, full_refresh_share)
            if arms[arm].value[0] != (arm == "rebuild"):
                raise SystemExit(f"the {arm} of {permille} ‰ was none")
            published.append(settings_of(copy).published_path)
        require_equal(f"increment and rebuild of {permille} ‰", *published)
        for arm in arms:
            shutil.rmtree(work / f"{arm}-{permille}")
        points.append(
            {
                "changed_row_count": rows,
                "increment_seconds": arms["increment"].cost.wall_seconds,
                "rebuild_seconds": arms["rebuild"].cost.wall_seconds,
                "ratio": arms["increment"].cost.wall_seconds / arms["rebuild"].cost.wall_seconds,
            }
        )
    return points


def _step(measured: Measured[Any], **more: Any) -> dict[str, Any]:
    return {**dataclasses.asdict(measured.cost), "peak_mb": measured.peak_mb, **more}


def _script_step(runs: list[Measured[ScriptCost]]) -> dict[str, Any]:
    run = _median(runs)
    return _step(
        run,
        model_seconds=run.value.model.wall_seconds,
        read_seconds=run.value.read.wall_seconds,
        model_cpu_seconds=run.value.model.cpu_seconds,
    )


def _median(runs: list[Measured[Any]]) -> Measured[Any]:
    """The run with the middle elapsed time, the slower one of two."""
    middle = statistics.median_high([run.cost.wall_seconds for run in runs])
    return next(run for run in runs if run.cost.wall_seconds == middle)


def _model_seconds(results: list[Any]) -> float:
    return float(sum(result.seconds for result in results if result.unique_id.startswith("model.")))


def megabytes(path: Path) -> float:
    """Size of a file, or of all files below a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.year",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("orders", type=int, nargs="*", default=[100_000])
    parser.add_argument(
        "--repeat", type=int, default=3, help="calibrations and floors, of which the median counts"
    )
    parser.add_argument(
        "--landing", type=Path, help="day folders of an earlier simulation of the one size asked for"
    )
    parser.add_argument(
        "--without", choices=PARTS, action="append", default=[], help="leave it out; may be given again"
    )
    parser.add_argument(
        "--copies", type=int, default=1, help="platforms side by side that the orders are of (default 1)"
    )
    parser.add_argument("--memory-limit", help="setting memory_limit of every step of ours, such as 2GB")
    parser.add_argument("--work", type=Path, help="folder for everything temporary (default the system's)")
    chosen = parser.parse_args()
    if chosen.landing and len(chosen.orders) > 1:
        parser.error("--landing is the files of one size")
    if "postgres" not in chosen.without and find_program("postgres") is None:
        parser.error(
            f"PostgreSQL is not installed: {HOW_TO_INSTALL} installs it, --without postgres leaves it out"
        )
    if "sqlmesh" not in chosen.without and not sqlmesh.is_installed():
        parser.error(
            f"SQLMesh is not installed: {sqlmesh.HOW_TO_INSTALL} makes its environment, --without sqlmesh leaves it out"
        )
    if chosen.memory_limit:
        os.environ[_MEMORY_LIMIT] = chosen.memory_limit
    RESULTS.mkdir(exist_ok=True)
    for order_count in sorted(chosen.orders):
        with tempfile.TemporaryDirectory(prefix="year-", dir=chosen.work) as folder:
            work = Path(folder)
            landing = chosen.landing or work / "landing"
            if not chosen.landing:
                write_landing(order_count, landing, copies=chosen.copies)
            left_out = {*chosen.without, *(() if order_count == min(chosen.orders) else ("crossover",))}
            result = measure(order_count, chosen.repeat, landing, work, parts=set(PARTS) - left_out)
        limited = f"-{chosen.memory_limit}" if chosen.memory_limit else ""
        file = RESULTS / f"year-{order_count}{limited}.json"
        file.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{order_count} orders, {result['measured_at']}: {file}")
        for name, ratio in result["ratios"].items():
            print(f"  {name}: {ratio:.2f}")


if __name__ == "__main__":
    main()
