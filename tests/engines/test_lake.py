"""What a run leaves in the lake when it ends at any point: branches, and landed rows taken once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ingest.foundation.fetch import fetch_rows
from ingest.foundation.settings import Settings
from ingest.land.forget import forget
from orchestration.lake.branches import Branches
from orchestration.lake.handover import Handover
from orchestration.lake.landed import Landed
from orchestration.lake.session import open_session
from orchestration.runs import state
from orchestration.runs.build_file import open_build
from tests.engines.sessions import engine_here, on_spark, table_format
from tests.support.small_platform import USER, Platform, payment

pytestmark = pytest.mark.engines

_TABLES = ("marts.one", "marts.two", "audit.three")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    engine = engine_here()
    assert engine, "make spark-test and make sail-test run this in environments that have an engine"
    with on_spark(engine, tmp_path_factory.mktemp("home")) as opened:
        yield opened


def rows(spark: Any, table: str) -> list[Any]:
    return sorted(row[0] for row in spark.sql(f"select x from {table}").collect())


@pytest.mark.branches
def test_readers_see_a_run_when_its_branch_moves_and_not_before(settings: Settings) -> None:
    spark = open_session(settings)
    branches = Branches(spark, settings.spark_catalog)
    for table in _TABLES:
        spark.sql(
            f"create or replace table {table} using iceberg tblproperties ('write.wap.enabled' = 'true') as select 1 as x"
        )
    branches.work_on("run_killed")
    spark.sql("insert overwrite marts.one select 2 as x")
    spark.sql("insert into marts.two select 2 as x")
    assert (rows(spark, "marts.one"), rows(spark, "marts.two")) == ([2], [1, 2])
    branches.leave()
    assert [rows(spark, table) for table in _TABLES] == [[1], [1], [1]]
    branches.give_up()
    branches.work_on("run_next")
    assert [rows(spark, table) for table in _TABLES] == [[1], [1], [1]]
    spark.sql("insert into marts.one select 3 as x")
    spark.sql("insert into audit.three select 3 as x")
    # As if it had been killed after the first table.
    spark.sql(f"call {settings.spark_catalog}.system.fast_forward('marts.one', 'main', 'run_next')")
    branches.forward("run_next")
    branches.forward("run_next")
    assert [rows(spark, table) for table in _TABLES] == [[1, 3], [1], [1, 3]]
    branches.forget_history()
    counted = [len(spark.sql(f"select 1 from {table}.snapshots").collect()) for table in _TABLES]
    assert counted == [1, 1, 1]


def test_java_is_started_where_there_is_no_address_and_only_there(settings: Settings) -> None:
    open_session(settings)
    # A process that has ended or is another account's has no name to tell.
    names = {path: _name_of_child(path) for path in Path("/proc").glob("[0-9]*")}
    assert ("java" in names.values()) is (settings.spark_address is None)


def _name_of_child(process: Path) -> str | None:
    """The name of a process that this one started, directly or not."""
    try:
        name, parent = (process / "comm").read_text().strip(), process
        while parent.name not in ("0", "1", str(os.getpid())):
            status = (parent / "status").read_text()
            parent = Path("/proc") / status.partition("PPid:")[2].split()[0]
    except OSError:
        return None
    return name if parent.name == str(os.getpid()) else None


def test_a_value_that_does_not_fit_is_an_error_in_what_dbt_runs(settings: Settings) -> None:
    open_session(settings)
    from dbt.adapters.spark.session import Connection

    cursor = Connection(server_side_parameters={"spark.sql.ansi.enabled": "false"}).cursor()

    def run() -> None:
        cursor.execute(
            "select cast(x as decimal(4, 2)) as x from (select 12345 as x union all select 1) as given"
        )
        cursor.fetchall()

    with pytest.raises(Exception, match=r"(?i)overflow|out.of.range|cannot be represented|too large"):
        run()


def test_landed_rows_are_taken_once_and_erased_rows_leave(settings: Settings, tmp_path: Path) -> None:
    spark = open_session(settings)
    handover = Handover(spark, tmp_path / "handover")
    one = Platform(tmp_path / "home", tmp_path / "exports")
    forgotten: list[bool] = []

    def take() -> dict[str, list[Any]]:
        with closing(open_build(one.settings)) as connection, handover.opened():
            state.prepare(connection)
            landed = Landed(spark, handover, connection, table_format(engine_here() or ""))
            landed.take(lambda: forgotten.append(True))
            for feed in ("users", "payments", "batches"):
                counted = f"select count(*) from raw.{feed}"
                assert spark.sql(counted).collect()[0][0] == fetch_rows(connection, counted)[0][0]
        told = "select _batch_id, email from raw.users order by _landing_seq"
        return {
            "users": [tuple(row) for row in spark.sql(told).collect()],
            "payments": [
                row[0] for row in spark.sql("select payment_id from raw.payments order by 1").collect()
            ],
        }

    one.lands("users", {**USER, "email": "anna.li@example.com"})
    one.lands("payments", payment(1, "2026-03-01 10:00:00", "500"))
    assert [email for _, email in take()["users"]] == ["anna.li@example.com"]
    assert take()["payments"] == ["y1"]
    kept = tmp_path / "kept.duckdb"
    shutil.copy(one.settings.raw_path, kept)
    one.lands("payments", payment(2, "2026-03-02 10:00:00", "7"))
    assert take()["payments"] == ["y1", "y2"]
    forget(one.settings, "u1")
    assert not forgotten
    assert [email for _, email in take()["users"]] == [None]
    assert forgotten == [True]
    # Another raw file: what the lake has is not of it.
    shutil.copy(kept, one.settings.raw_path)
    shutil.rmtree(one.exports)
    one.lands("payments", payment(3, "2026-03-02 10:00:00", "7"))
    assert take() == {"users": [("b000000001", "anna.li@example.com")], "payments": ["y1", "y3"]}
