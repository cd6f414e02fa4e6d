"""What is published: equal to the independent ledger, plain, described, private where it must be, and never half there."""

import signal
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import Settings
from orchestration.runs.build_file import open_build
from orchestration.runs.increment import increment
from orchestration.runs.restatements import business_date
from tests.support.books import disagreements, published_as_of
from tests.support.full_refresh import differing_tables
from tests.support.killed_run import AFTER_PUBLICATION, POINTS
from tests.support.published_tables import AUDIT_TABLES, MARTS
from tests.support.simulated import land_rows

PLAIN_TYPES = {"BIGINT", "DATE", "TIMESTAMP", "VARCHAR", "DOUBLE", "BOOLEAN"}


def test_every_cell_agrees_with_the_independent_ledger(simulated: Settings) -> None:
    assert disagreements(simulated, published_as_of(simulated)) == {}


def test_published_file_has_just_the_contract_s_tables_in_plain_types(simulated: Settings) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        types = {
            kind
            for (kind,) in connection.execute(
                "select distinct data_type from duckdb_columns() where schema_name in ('marts', 'audit')"
            ).fetchall()
        }
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchall() == [
            (0,)
        ]
    assert set(tables) == {("marts", name) for name in MARTS} | {("audit", name) for name in AUDIT_TABLES}
    assert {kind for kind in types if not kind.startswith("DECIMAL")} <= PLAIN_TYPES


def test_every_published_table_and_its_columns_carry_comments(simulated: Settings) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        assert (
            connection.execute(
                "select schema_name, table_name from duckdb_tables() where comment is null"
            ).fetchall()
            == []
        )
        assert (
            connection.execute(
                "select table_name, column_name from duckdb_columns() "
                "where schema_name in ('marts', 'audit') and comment is null"
            ).fetchall()
            == []
        )


def test_a_cohort_row_counts_as_published_when_it_is_mature(simulated: Settings) -> None:
    cohorts = [table for table in MARTS.values() if "is_mature" in table.columns]
    assert len(cohorts) == 4
    date = business_date(simulated, published_as_of(simulated))
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        for table in cohorts:
            assert table.closes is not None
            is_closed = f"{table.closes.first_closed_date('cohort')} <= date '{date}'"
            found = connection.execute(
                f"select count(*) from marts.{table.name} as cohort where is_mature <> ({is_closed})"
            ).fetchall()
            assert found == [(0,)], table.name


def test_published_file_is_not_for_everybody_and_alone(simulated: Settings) -> None:
    assert stat.S_IMODE(simulated.published_path.stat().st_mode) == 0o640
    assert [path.name for path in simulated.published_path.parent.iterdir() if path.is_file()] == [
        "warehouse.duckdb"
    ]


def test_personal_data_stays_in_raw(simulated: Settings) -> None:
    """R20: no value of a personal column is anywhere past raw, nor published."""
    personal = [
        (feed.name, column.name) for feed in FEEDS.values() for column in feed.columns if column.is_personal
    ]
    assert {("users", "email"), ("users", "phone")} <= set(personal)
    with open_build(simulated, read_only=True) as build:
        values = {
            value
            for feed, column in personal
            for (value,) in build.execute(
                f"select distinct {column} from raw.{feed} where {column} is not null"
            ).fetchall()
        }
        assert len(values) > 100
        build.execute("create temporary table personal as select unnest(?) as value", [sorted(values)])
        build.execute(f"attach '{simulated.published_path}' as published (read_only)")
        texts = build.execute(
            "select database_name, schema_name, table_name, column_name from duckdb_columns() "
            "where data_type = 'VARCHAR' and schema_name not in ('raw', 'meta') and database_name in ('warehouse', 'published')"
            " and not internal"
        ).fetchall()
        assert len(texts) > 100
        for database, schema, table, column in texts:
            found = build.execute(
                f'select "{column}" from {database}.{schema}."{table}" where "{column}" in (from personal) limit 1'
            ).fetchall()
            assert not found, f"{database}.{schema}.{table}.{column} holds personal data"


def test_readers_see_one_whole_publication_while_runs_publish(simulated_copy: Settings) -> None:
    now = published_as_of(simulated_copy)
    stop = threading.Event()
    looks: list[bool] = []

    def read() -> None:
        # A new process for each look, as BI tools are; its totals must always foot.
        look = (
            "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); "
            "print(*c.execute(\"select (select sum(net_revenue_cny) from marts.core_daily where business_type = 'all'), "
            "(select sum(net_revenue_cny) from marts.core_daily where business_type <> 'all')\").fetchone())"
        )
        command = [sys.executable, "-c", look, str(simulated_copy.published_path)]
        while not stop.is_set():
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            totals = done.stdout.split()
            looks.append(done.returncode == 0 and len(totals) == 2 and totals[0] == totals[1])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for hours in (1, 2):
            increment(simulated_copy, now + timedelta(hours=hours))
    finally:
        stop.set()
        reader.join()
    assert len(looks) > 2
    assert all(looks)


@pytest.mark.parametrize("point", POINTS)
def test_increment_killed_at_a_named_point_is_made_good_by_the_next(
    simulated_copy: Settings, tmp_path: Path, point: str
) -> None:
    later = published_as_of(simulated_copy) + timedelta(days=1)
    before = simulated_copy.published_path.read_bytes()
    with duckdb.connect(str(simulated_copy.build_path), read_only=True) as build:
        (payment,) = build.execute(
            "select min(payment_id) from standardised.std_payments where is_counted"
        ).fetchall()
    land_rows(
        simulated_copy,
        "payments",
        "moved",
        payment_id=payment[0],
        user_id="U0000000002",
        order_type="service",
        order_id="SO-OTHER",
        purpose="order",
        method="card",
        initiated_at="2026-10-20T10:00:00Z",
        succeeded_at="2026-10-20T10:00:00Z",
        status="succeeded",
        currency_code="CNY",
        amount="12.34",
        updated_at="2026-10-29T10:00:00Z",
    )
    command = [sys.executable, "-m", "tests.support.killed_run", str(simulated_copy.home), f"{later}", point]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with duckdb.connect(str(simulated_copy.published_path), read_only=True) as connection:
        connection.execute("select count(*) from marts.core_daily")
    assert (simulated_copy.published_path.read_bytes() == before) is (point != AFTER_PUBLICATION)
    now = later + timedelta(hours=1)
    increment(simulated_copy, now)
    assert differing_tables(simulated_copy, now, tmp_path) == {}
    with open_build(simulated_copy) as build:
        assert build.execute(
            "select count(*) from duckdb_tables() where schema_name = 'changes'"
        ).fetchall() == [(0,)]
