"""Another engine has the same tables as DuckDB, cell by cell and type by type: built whole, and after every increment.

Runs in an environment of its own (`make spark-test`, `make sail-test`); the histories are those of tests/properties.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.foundation.settings import Settings
from orchestration.runs import dbt, state
from orchestration.runs.build_file import open_build
from orchestration.runs.plan import plan
from tests.engines.lake import Lake
from tests.engines.sessions import engine_here, session, table_format
from tests.properties.histories import History, random_history
from tests.properties.side_by_side import live

pytestmark = pytest.mark.engines

# A landing costs Spark minutes, and Sail seconds.
LANDINGS_AT_MOST = {"spark": 2, "sail": 4}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    engine = engine_here()
    assert engine, "make spark-test and make sail-test run this in environments that have an engine"
    with session(engine, tmp_path_factory.mktemp(engine)) as opened:
        yield opened


def test_random_histories(spark: Any, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    engine = engine_here()
    settings = Settings(home=tmp_path / "home", full_refresh_share=1)
    lake = Lake(spark, table_format(engine), tmp_path / "lake")
    histories = [History(random_history(seed).landings[: LANDINGS_AT_MOST[engine]]) for seed in range(3)]
    lived: list[bool] = []
    seconds: list[float] = []

    def follow(as_of: datetime) -> None:
        with open_build(settings) as connection:
            if lived:
                lake.forget_changes()
                assert lake.differences(connection) == {}, f"before the increment of {as_of}"
            state.prepare(connection)
            planned = plan(settings, connection, as_of)
            lake.take_landed(connection)
        tried = planned.attempted
        started = time.monotonic()
        lake.build(
            dbt.variables(settings, as_of, tried.lowest_as_of, tried.highest_as_of),
            full_refresh=planned.is_full_refresh,
        )
        seconds.append(time.monotonic() - started)
        lived.append(planned.is_full_refresh)

    live(settings, histories, tmp_path / "landing", before_increment=follow)
    with open_build(settings) as connection:
        assert lake.differences(connection) == {}
    assert lived.count(True) == 1
    assert len(lived) > 1
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        reporter.write_line(
            f"\n{engine}: built whole in {seconds[0]:.0f} s, {len(seconds) - 1} increments in "
            f"{sum(seconds[1:]):.0f} s, {lake.compared_cell_count:,} cells compared with DuckDB's"
        )
