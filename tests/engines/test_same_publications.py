"""The same life on both engines, by the commands' own functions: every publication is equal, whatever was killed on the way.

Runs in an environment of its own (`make spark-test`, `make sail-test`).
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.land.folders import land_path
from orchestration.catalogue import project
from orchestration.lake.branches import Branches
from orchestration.runs import on_spark as engine_module
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment
from orchestration.runs.on_spark import OnSpark
from tests.engines.sessions import engine_here, on_spark, table_format
from tests.properties import side_by_side
from tests.properties.histories import History, random_history
from tests.support.landing import csv_text, deliver

pytestmark = pytest.mark.engines

Run = Callable[[], Any]

# What differs from run to run: when things were done, and by which run.
_OF_RUNS = {"runs", "calibration_runs", "load_batches", "core_freshness"}
_WHEN = {"run_id", "restated_at"}
LANDINGS_AT_MOST = 2


class OneState:
    """In place of branches, which Sail does not have: what a run does is there at once."""

    def __init__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


@pytest.fixture
def spark_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    engine = engine_here()
    assert engine, "make spark-test and make sail-test run this in environments that have an engine"
    monkeypatch.setenv("WAREHOUSE_TABLE_FORMAT", table_format(engine))
    if engine == "sail":
        monkeypatch.setattr(engine_module, "Branches", OneState)
    with on_spark(engine, tmp_path / "spark") as settings:
        yield settings


class Killed(BaseException):
    """The end of a run at a point where a process may be killed: no handler of the program's takes it for an error."""


def killed_between_two_models(run: Run, patch: pytest.MonkeyPatch) -> None:
    real = OnSpark.build

    def build_half(self: OnSpark, path: Path, variables: Any, *, select: Any = None, **how: Any) -> None:
        nodes = project.manifest_dict(self._settings)["nodes"].values()
        models = [node["name"] for node in nodes if node["resource_type"] == "model"]
        chosen = [name for name in select or models if name in models]
        real(self, path, variables, **{**how, "select": chosen[: len(chosen) // 2], "with_tests": False})
        raise Killed

    patch.setattr(OnSpark, "build", build_half)
    with pytest.raises(Killed):
        run()


def killed_between_publication_and_lake(run: Run, patch: pytest.MonkeyPatch) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise Killed

    patch.setattr(OnSpark, "settle", die)
    with pytest.raises(Killed):
        run()


def killed_while_tables_move(run: Run, patch: pytest.MonkeyPatch) -> None:
    real, having = Branches.forward, Branches._branches

    def forward_half(self: Branches, branch: str) -> None:
        patch.setattr(Branches, "_branches", lambda self: having(self)[::2])
        real(self, branch)
        raise Killed

    patch.setattr(Branches, "forward", forward_half)
    with pytest.raises(Killed):
        run()


KILLS = (killed_between_two_models, killed_between_publication_and_lake, killed_while_tables_move)


def land_traffic(settings: Settings, folder: Path, as_of: datetime) -> None:
    """One late row, which reaches few models."""
    row = {
        "traffic_date": f"{as_of - timedelta(days=1):%Y-%m-%d}",
        "acquisition_channel": "ads",
        "country_code": "US",
        "visitors": "17",
        "sessions": "19",
    }
    deliver(folder, "traffic_daily/late.csv", csv_text([row]))
    report = land_path(settings, folder)
    assert report.rows_accepted == 1, report.lines()


def increment_after_kills(settings: Settings, as_of: datetime) -> None:
    """A run that dies at each point in turn, and then once more, to its end."""
    run = partial(increment, settings, as_of)
    for kill in KILLS:
        with pytest.MonkeyPatch.context() as patch:
            kill(run, patch)
    assert not run().is_full_refresh


def test_every_publication_is_equal(
    spark_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late, moved, deleted, withdrawn and revised rows; on Apache Spark, runs that die; a calibration."""
    engine = engine_here()
    duckdb_settings = Settings(home=tmp_path / "duckdb", full_refresh_share=1)
    histories = [History(random_history(seed).landings[:LANDINGS_AT_MOST]) for seed in range(3)]
    kept: list[Path] = []

    def on_duckdb(settings: Settings, as_of: datetime, **how: Any) -> None:
        increment(settings, as_of, **how)
        kept.append(tmp_path / f"{len(kept)}.duckdb")
        shutil.copy(settings.published_path, kept[-1])

    monkeypatch.setattr(side_by_side, "increment", on_duckdb)
    last = side_by_side.live(duckdb_settings, histories, tmp_path / "landing")
    compared: list[bool] = []

    def on_other(settings: Settings, as_of: datetime, **how: Any) -> None:
        compared.append(increment(settings, as_of, **how).is_full_refresh)
        assert differences(kept[len(compared) - 1], settings.published_path) == {}

    monkeypatch.setattr(side_by_side, "increment", on_other)
    side_by_side.live(spark_settings, histories, tmp_path / "other landing")
    assert compared == [True] + [False] * (len(kept) - 1)
    assert len(compared) > 1
    for settings in (duckdb_settings, spark_settings):
        land_traffic(settings, tmp_path / settings.home.name / "late", last)
    increment(duckdb_settings, last)
    (increment_after_kills if engine == "spark" else increment)(spark_settings, last)
    assert differences(duckdb_settings.published_path, spark_settings.published_path) == {}
    reports = [calibrate(each, last + timedelta(hours=1)) for each in (duckdb_settings, spark_settings)]
    assert [report.unexplained_count for report in reports] == [0, 0]
    assert reports[0].differences == reports[1].differences
    assert differences(duckdb_settings.published_path, spark_settings.published_path) == {}


def differences(one: Path, other: Path) -> dict[str, Any]:
    """By table of two publications: what differs in columns and comments, or a few rows that only one has."""
    found: dict[str, Any] = {}
    with duckdb.connect(":memory:") as connection:
        for alias, path in (("one", one), ("other", other)):
            connection.execute(f"attach {quote_text(str(path))} as {alias} (read_only)")
        described = [
            {
                (schema, table): columns
                for schema, table, columns in connection.execute(
                    "select schema_name, table_name, list((column_name, data_type, comment) order by column_index) "
                    f"from duckdb_columns() where database_name = '{alias}' group by all"
                ).fetchall()
            }
            for alias in ("one", "other")
        ]
        assert described[0].keys() == described[1].keys()
        for (schema, table), columns in described[0].items():
            if columns != described[1][schema, table]:
                found[f"{schema}.{table}"] = [
                    pair
                    for pair in zip(columns, described[1][schema, table], strict=False)
                    if pair[0] != pair[1]
                ][:3]
                continue
            if table in _OF_RUNS:
                continue
            names = ", ".join(quote_identifier(name) for name, *_ in columns if name not in _WHEN)
            rows = [
                f"select {names} from {alias}.{schema}.{quote_identifier(table)}"
                for alias in ("one", "other")
            ]
            only = [
                connection.execute(f"({a}) except all ({b}) limit 3").fetchall()
                for a, b in (rows, rows[::-1])
            ]
            if any(only):
                found[f"{schema}.{table}"] = only
    return found
