"""A home of an earlier version, with raw rows in the build file, goes on as one with a raw file."""

import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from ingest.raw.raw_file import has_raw
from orchestration.backup.backup import backup
from orchestration.reading.status import read_status
from orchestration.runs.build_file import open_build
from orchestration.runs.increment import increment
from tests.support.killed_move import POINTS
from tests.support.landing import query
from tests.support.small_platform import ORDER, USER, Platform, day, payment


def made_as_before(settings: Settings) -> None:
    """Put the raw tables and the cursors back into the build file, where earlier versions kept them."""
    with duckdb.connect(str(settings.build_path)) as build:
        build.execute(f"attach {quote_text(str(settings.raw_path))} as landed (read_only)")
        build.execute("create schema raw")
        tables = build.execute(
            "select table_name from duckdb_tables() where database_name = 'landed'"
        ).fetchall()
        for (table,) in tables:
            build.execute(f"create table raw.{table} as from landed.raw.{table}")
        build.execute("create table meta.cursors as select 'shop.members' as entry")
        build.execute("create table meta.cursor_rows as select 'shop.members' as entry where false")
        build.execute("drop table meta.landings")
    shutil.rmtree(settings.raw_path.parent)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """One paid day, published, and a landing that waits; later copied, never changed."""
    folder = tmp_path_factory.mktemp("earlier")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", USER, {**USER, "user_id": ""})
    one.lands("purchase_orders", ORDER)
    one.lands("payments", payment(1, "2026-03-01 10:00:00", "100"))
    increment(one.settings, day(3))
    one.lands("payments", payment(2, "2026-03-01 11:00:00", "50"))
    made_as_before(one.settings)
    return one


@pytest.fixture
def platform(made: Platform, tmp_path: Path) -> Platform:
    shutil.copytree(made.settings.home, tmp_path / "home")
    return Platform(tmp_path / "home", made.exports)


def goes_on(platform: Platform) -> None:
    settings = platform.settings
    assert query(settings, "select count(*), count(distinct _landing_seq) from raw.payments") == [(2, 2)]
    assert query(settings, "select count(*) from raw.quarantine") == [(1,)]
    assert query(settings, "select entry from raw.cursors") == [("shop.members",)]
    with duckdb.connect(str(settings.build_path), read_only=True) as build:
        left = build.execute(
            "select count(*) from duckdb_tables() where schema_name = 'raw' or table_name like 'cursor%'"
        ).fetchall()
    assert left == [(0,)]
    assert [path.name for path in settings.raw_path.parent.iterdir()] == ["warehouse.duckdb"]
    report = increment(settings, day(4))
    assert not report.is_full_refresh
    assert report.pending == {"payments": 1}
    assert platform.published(
        "select sum(gross_paid_cny) from marts.core_daily where business_type = 'all'"
    ) == [(150,)]


def test_the_next_run_moves_what_landed(platform: Platform) -> None:
    increment(platform.settings, day(3))
    assert stat.S_IMODE(platform.settings.raw_path.parent.stat().st_mode) == 0o700
    assert query(platform.settings, "select count(*) from raw.payments") == [(2,)]


def test_reading_moves_it_too(platform: Platform) -> None:
    progress = read_status(platform.settings).progress
    assert progress is not None
    assert progress.pending == {"payments": 1}
    goes_on(platform)


def test_a_backup_of_it_has_everything(platform: Platform, tmp_path: Path) -> None:
    assert backup(platform.settings, tmp_path / "kept").row_count == 4


@pytest.mark.parametrize("point", POINTS)
def test_a_move_that_is_killed_is_made_good_by_the_next_command(platform: Platform, point: str) -> None:
    command = [sys.executable, "-m", "tests.support.killed_move", str(platform.settings.home), point]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    goes_on(platform)


def test_two_files_that_differ_are_both_left_as_they_are(platform: Platform) -> None:
    settings = platform.settings
    assert has_raw(settings)
    with duckdb.connect(str(settings.raw_path)) as raw:
        raw.execute("delete from raw.payments where payment_id = 'y2'")
    with open_build(settings) as build:
        build.execute(
            "create schema warehouse.raw; create table warehouse.raw.payments as from landed.raw.payments"
        )
        build.execute("insert into warehouse.raw.payments from landed.raw.payments")
    (settings.raw_path.parent / "moving").touch()
    before = settings.build_path.read_bytes()
    with pytest.raises(WarehouseError, match="Nothing was changed"):
        has_raw(settings)
    assert settings.build_path.read_bytes() == before
