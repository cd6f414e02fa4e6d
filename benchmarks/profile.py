"""Where the seconds of a run go: `python -m benchmarks.profile [ORDERS …] [--landing DIR] [--work DIR]`.

On a simulated year that has been landed and built (2 000 and 1 000 000 orders unless told), each run in a process of its own:
calibration, one day's files, 500 changed payments, a moved as-of. Seconds on the wall and of the processor by part, no second in
two of them; of the models' SQL by layer, and the models that take most. The three heaviest are computed once more: rows counted,
kept in memory, written to a file. Results go to `benchmarks/results/profile.json`, and from there to docs/benchmarks.md.
"""

import argparse
import contextlib
import importlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any

from benchmarks.measure import in_own_process, machine, own_cpu_seconds
from benchmarks.year import RESULTS, change_payments, end_of, land, run_increment, settings_of, write_landing
from ingest.foundation.clock import utc_now
from ingest.foundation.database import attach, attach_new, in_memory
from orchestration.catalogue import project
from orchestration.runs import dbt as dbt_runs
from orchestration.runs import finish, publish
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment

FILE = RESULTS / "profile.json"
SIZES = (2_000, 1_000_000)
IMPORTS, PARSE, AROUND = "dbt: its imports", "dbt: the parsed project read", "dbt: around the SQL"
MODELS, TESTS = "SQL of the models", "SQL of the data tests"
RESTATEMENTS, PUBLICATION, REST = "restatements and their causes", "publication", "the rest"
PARTS = (IMPORTS, PARSE, AROUND, MODELS, TESTS, RESTATEMENTS, PUBLICATION, REST)
_NODE = re.compile(r'"node_id": "(model|test)\.[^.]+\.([^."]+)')
_HEAVIEST = 8
_WRITTEN = 3


class Clock:
    """Seconds on the wall and of the processor by part; what happens within a part of its own counts there alone."""

    def __init__(self) -> None:
        self.seconds = {part: [0.0, 0.0] for part in PARTS}
        self.by_model: dict[str, float] = {}
        self._within = [REST]
        self._since = (time.perf_counter(), own_cpu_seconds())

    def _turn(self) -> None:
        now = (time.perf_counter(), own_cpu_seconds())
        for place in (0, 1):
            self.seconds[self._within[-1]][place] += now[place] - self._since[place]
        self._since = now

    @contextlib.contextmanager
    def within(self, part: str) -> Iterator[None]:
        self._turn()
        self._within.append(part)
        try:
            yield
        finally:
            self._turn()
            self._within.pop()

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose seconds are the part's."""

        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            with self.within(part):
                return function(*arguments, **named)

        return call

    def stop(self) -> None:
        self._turn()


def profile(home: Path, as_of: datetime, *, is_calibration: bool = False) -> dict[str, Any]:
    """One run, by part. It has a process of its own: what it times, it replaces."""
    clock = Clock()
    with clock.within(IMPORTS):
        importlib.import_module("dbt.cli.main")
        cursor = importlib.import_module("dbt.adapters.duckdb.environments.local").DuckDBCursorWrapper
    _time_sql(clock, cursor)
    for module, name, part in (
        (project, "manifest", PARSE),
        (dbt_runs, "build", AROUND),
        (finish, "_restate", RESTATEMENTS),
        (publish, "publish", PUBLICATION),
    ):
        setattr(module, name, clock.timed(part, getattr(module, name)))
    settings = settings_of(home)
    report = calibrate(settings, as_of).run if is_calibration else increment(settings, as_of)
    clock.stop()
    heaviest = sorted(clock.by_model.items(), key=lambda item: -item[1])[:_HEAVIEST]
    kinds = [result.unique_id.partition(".")[0] for result in report.results]
    layers: dict[str, float] = {}
    for node in project.manifest_dict(settings)["nodes"].values():
        if node["name"] in clock.by_model:
            layers[node["schema"]] = layers.get(node["schema"], 0.0) + clock.by_model[node["name"]]
    return {
        "parts": {
            part: {"wall_seconds": wall, "cpu_seconds": cpu} for part, (wall, cpu) in clock.seconds.items()
        },
        "model_count": kinds.count("model"),
        "test_count": kinds.count("test"),
        "model_cpu_seconds_by_layer": layers,
        "heaviest_model_cpu_seconds": dict(heaviest),
    }


def _time_sql(clock: Clock, cursor: type[Any]) -> None:
    """dbt runs one node at a time, so what the processor does while a statement runs is the statement's."""
    execute = cursor.execute

    def timed(self: Any, sql: str, *bindings: Any) -> Any:
        found = _NODE.search(sql)
        if found is None:
            return execute(self, sql, *bindings)
        kind, name = found.groups()
        before = own_cpu_seconds()
        with clock.within(MODELS if kind == "model" else TESTS):
            result = execute(self, sql, *bindings)
        if kind == "model":
            clock.by_model[name] = clock.by_model.get(name, 0.0) + own_cpu_seconds() - before
        return result

    cursor.execute = timed


def written(home: Path, model: str) -> dict[str, float]:
    """Seconds of the processor of a model's SQL as a calibration has just run it: rows counted, in memory, in a file."""
    settings = settings_of(home)
    [compiled] = (settings.dbt_target_dir / "compiled").rglob(f"{model}.sql")
    sql = compiled.read_text(encoding="utf-8")
    file = home / "written.duckdb"
    seconds: dict[str, float] = {}
    with contextlib.closing(in_memory(settings)) as connection:
        for alias, path in (("warehouse", settings.build_path), ("landed", settings.raw_path)):
            attach(settings, connection, path, alias)
        attach_new(connection, file, "made")
        for name, statement in (
            ("counted", f"select count(*) from ({sql})"),
            ("in memory", f"create temporary table kept as {sql}"),
            ("in a file", f"create table made.main.kept as {sql}"),
        ):
            before = own_cpu_seconds()
            connection.execute(statement)
            seconds[name] = own_cpu_seconds() - before
    file.unlink()
    return seconds


def measure(landing: Path, work: Path) -> dict[str, Any]:
    """The profiles of one size by step; `landing` holds the day folders, `work` is empty."""
    first, second, *_ = sorted(folder for folder in landing.iterdir() if folder.is_dir())
    home, at = work / "home", end_of(second)
    land(home, first)
    in_own_process(run_increment, home, end_of(first))
    steps = {"calibration": in_own_process(partial(profile, is_calibration=True), home, end_of(first)).value}
    heaviest = list(steps["calibration"]["heaviest_model_cpu_seconds"])[:_WRITTEN]
    steps["calibration"]["written"] = {
        model: in_own_process(written, home, model).value for model in heaviest
    }
    land(home, second)
    steps["one day"] = in_own_process(profile, home, at).value
    change_payments(first, work / "changed", 1000, at, limit=500)
    land(home, work / "changed")
    steps["500 payments"] = in_own_process(profile, home, at).value
    later = at + timedelta(minutes=15)
    steps["as-of moved 15 minutes"] = in_own_process(profile, home, later).value
    shutil.rmtree(home)
    return steps


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("orders", type=int, nargs="*", default=SIZES)
    parser.add_argument(
        "--landing", type=Path, help="day folders of an earlier simulation of the one size asked for"
    )
    parser.add_argument("--work", type=Path, help="folder for everything temporary (default the system's)")
    chosen = parser.parse_args()
    if chosen.landing and len(chosen.orders) > 1:
        parser.error("--landing is the files of one size")
    sizes: dict[str, Any] = {}
    for order_count in sorted(chosen.orders):
        with tempfile.TemporaryDirectory(prefix="profile-", dir=chosen.work) as folder:
            landing = chosen.landing or Path(folder) / "landing"
            if not chosen.landing:
                write_landing(order_count, landing)
            sizes[str(order_count)] = measure(landing, Path(folder))
        print(json.dumps(sizes[str(order_count)], indent=1), flush=True)
    RESULTS.mkdir(exist_ok=True)
    known = json.loads(FILE.read_text(encoding="utf-8"))["sizes"] if FILE.exists() else {}
    told = {
        "measured_at": f"{utc_now():%Y-%m-%d %H:%M} UTC",
        "machine": machine(),
        "sizes": {**known, **sizes},
    }
    FILE.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
