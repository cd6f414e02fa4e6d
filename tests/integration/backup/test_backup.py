"""A home comes back from its backup: rows, order, ledger, figures and the history of what was published."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import Settings, load_settings
from ingest.foundation.sql import quote_text
from ingest.land.folders import land_path
from orchestration.backup.backup import backup
from orchestration.backup.restore import restore
from orchestration.cli import main
from orchestration.runs.increment import increment
from tests.support.damage import flip, flip_the_last_table
from tests.support.landing import query
from tests.support.locks import held_lock
from tests.support.simulated import land_rows
from tests.support.small_platform import ORDER, USER, Platform, day, payment

# A run that is made after the restore is one more in the history; when it was made is not what it says.
MADE_BY_RUNS = ("audit.runs",)
ALIASES = "# What exports call a value.\n"
SETTINGS = "stale_rate_days = 9\nlock_wait_seconds = 1\n"


def as_of(settings: Settings) -> datetime:
    with duckdb.connect(str(settings.published_path), read_only=True) as published:
        found: datetime = published.execute("select max(as_of_at) from audit.runs").fetchall()[0][0]
    return found


def differing(one: Path, other: Path, schemas: tuple[str, ...]) -> list[str]:
    """The tables of two database files that are not equal, row by row."""
    with duckdb.connect(":memory:") as connection:
        tables = []
        for name, path in (("one", one), ("other", other)):
            connection.execute(f"attach {quote_text(str(path))} as {name} (read_only)")
            rows = connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() "
                "where database_name = ? and schema_name in ?",
                [name, list(schemas)],
            ).fetchall()
            tables.append({table for (table,) in rows})
        assert tables[0], one
        found = sorted(tables[0] ^ tables[1])
        for table in sorted(tables[0] & tables[1]):
            both = [
                f"from {a}.{table} except all from {b}.{table}"
                for a, b in (("one", "other"), ("other", "one"))
            ]
            if any(connection.execute(f"{side} limit 1").fetchall() for side in both):
                found.append(table)
        return found


@pytest.fixture
def restated(simulated_copy: Settings) -> Settings:
    """The simulated home after a late payment has restated figures of closed days."""
    late = as_of(simulated_copy) - timedelta(days=4)
    land_rows(
        simulated_copy,
        "payments",
        "late",
        payment_id="LATE-1",
        user_id="U0000000001",
        order_type="service",
        order_id="SO-NEVER",
        purpose="order",
        method="card",
        initiated_at=f"{late:%Y-%m-%dT%H:%M:%SZ}",
        succeeded_at=f"{late:%Y-%m-%dT%H:%M:%SZ}",
        status="succeeded",
        currency_code="CNY",
        amount="77.00",
        updated_at=f"{late:%Y-%m-%dT%H:%M:%SZ}",
    )
    assert increment(simulated_copy, as_of(simulated_copy)).restated_count
    return simulated_copy


def test_every_figure_and_the_history_come_back(restated: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    backup(restated, folder)
    home = tmp_path / "again"
    restore(Settings(home=home), folder)
    assert (home / "settings.toml").read_bytes() == (restated.home / "settings.toml").read_bytes()
    again = load_settings(home)
    assert differing(restated.raw_path, again.raw_path, ("raw",)) == []
    assert differing(restated.build_path, again.build_path, ("meta",)) == []
    assert again.published_path.read_bytes() == restated.published_path.read_bytes()
    report = increment(again, as_of(restated))
    assert report.is_full_refresh
    assert report.restated_count == 0
    assert differing(restated.published_path, again.published_path, ("marts", "audit")) == list(MADE_BY_RUNS)
    before, after = (query(one, "from audit.runs order by published_at") for one in (restated, again))
    assert after[:-1] == before


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two publications, a landing that waits, and a backup beside the home; later copied, never changed."""
    folder = tmp_path_factory.mktemp("backup")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", USER, {**USER, "user_id": ""})
    one.lands("purchase_orders", ORDER)
    (one.settings.home / "settings.toml").write_text(SETTINGS)
    (one.settings.home / "aliases.toml").write_text(ALIASES)
    settings = load_settings(one.settings.home)
    increment(settings, day(1))
    one.lands("payments", payment(1, "2026-03-01 10:00:00", "100"))
    increment(settings, day(3))
    one.lands("payments", payment(2, "2026-03-01 11:00:00", "50"))
    backup(settings, folder / "kept")
    return one


@pytest.fixture
def home(made: Platform, tmp_path: Path) -> Settings:
    shutil.copytree(made.settings.home, tmp_path / "home")
    return load_settings(tmp_path / "home")


@pytest.fixture
def kept(made: Platform, tmp_path: Path) -> Path:
    shutil.copytree(made.settings.home.parent / "kept", tmp_path / "kept")
    return tmp_path / "kept"


def paid(settings: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.published_path), read_only=True) as published:
        return published.execute(
            "select sum(gross_paid_cny)::integer from marts.core_daily where business_type = 'all'"
        ).fetchall()


def destroyed(home: Path) -> Iterator[tuple[Path, str]]:
    """Each file and folder of a home."""
    for path in sorted(home.rglob("*")):
        yield path, str(path.relative_to(home))


def test_whatever_of_the_home_is_lost_it_comes_back(made: Platform, kept: Path, tmp_path: Path) -> None:
    names = [name for _, name in destroyed(made.settings.home) if not name.startswith(("dbt/", "landing/"))]
    assert {
        "build",
        "build/warehouse.duckdb",
        "raw",
        "raw/warehouse.duckdb",
        "published",
        "published/warehouse.duckdb",
        "settings.toml",
    } <= set(names)
    for number, name in enumerate(names):
        home = tmp_path / str(number)
        shutil.copytree(made.settings.home, home)
        lost = home / name
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
        settings = load_settings(home)
        if settings.raw_path.exists():
            with pytest.raises(UsageError, match="holds landed rows"):
                restore(settings, kept)
            shutil.rmtree(settings.raw_path.parent)
        restore(settings, kept)
        assert paid(settings) == [(100,)], name
        assert differing(made.settings.raw_path, settings.raw_path, ("raw",)) == [], name
        assert differing(made.settings.build_path, settings.build_path, ("meta",)) == [], name
        assert (home / "settings.toml").read_text() == SETTINGS, name
        assert (home / "aliases.toml").read_text() == ALIASES, name


def test_what_waited_is_counted_and_told_after_a_restore(home: Settings, kept: Path) -> None:
    shutil.rmtree(home.home / "raw")
    assert main(["--home", str(home.home), "restore", str(kept)]) == 0
    assert increment(home, day(4)).restated_count > 0
    assert paid(home) == [(150,)]
    changed = query(
        home,
        "select first_published_value, current_value, cause from audit.restatements where table_name = 'core_daily' "
        "and column_name = 'gross_paid_cny' and key like '%2026-03-01%' and key like '%\"all\"%'",
    )
    assert changed == [("100.00", "150.00", "late_landing")]


def test_a_second_backup_adds_what_landed_since(home: Settings, kept: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_ino for path in (kept / "batches").rglob("*.parquet")}
    platform = Platform(home.home, tmp_path / "exports")
    platform.lands("payments", payment(3, "2026-03-02 11:00:00", "25"))
    report = backup(home, kept)
    assert (report.batch_count, report.new_batch_count) == (5, 1)
    after = {path: path.stat().st_ino for path in (kept / "batches").rglob("*.parquet")}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    # Of what is written anew the latest stays.
    assert len(list((kept / "state").iterdir())) == len(list((kept / "publication").iterdir())) == 1
    shutil.rmtree(home.home / "raw")
    restore(home, kept)
    assert query(home, "select count(*), count(distinct _landing_seq) from raw.payments") == [(3, 3)]


def test_a_backup_carries_no_damage_on(home: Settings, kept: Path) -> None:
    """Of the same size: a kept file that was damaged is written again from what landed, a damaged publication is refused."""
    batch, publication = (next((kept / name).rglob(f"*.{ext}")) for name, ext in _KEPT_ONCE)
    content = batch.read_bytes()
    flip(batch, len(content) // 2)
    assert backup(home, kept).new_batch_count == 1
    assert batch.read_bytes() == content
    flip_the_last_table(home.published_path)
    assert backup(home, kept).new_batch_count == 0
    flip(publication, 5000)
    with pytest.raises(WarehouseError, match=r"(?s)is damaged.*can still be restored.*warehouse increment"):
        backup(home, kept)


_KEPT_ONCE = (("batches", "parquet"), ("publication", "duckdb"))


def test_the_commands_say_what_was_done(
    home: Settings, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(home.home), "backup", str(kept)]) == 0
    assert f"{kept}: 0 new landings, 4 in all with 4 rows" in capsys.readouterr().out
    other = tmp_path / "other"
    assert main(["--home", str(other), "restore", str(kept)]) == 0
    said = capsys.readouterr().out
    assert "settings.toml: restored; publication: restored" in said
    assert f"warehouse increment --home {other}" in said
    with held_lock(home, "a long run"):
        assert main(["--home", str(home.home), "backup", str(kept)]) == 1
    assert "another run is writing to" in capsys.readouterr().err


def test_only_the_owner_reads_a_backup(kept: Path, home: Settings, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        backup(home, tmp_path / "mine")
    finally:
        os.umask(old)
    assert {oct(path.stat().st_mode & 0o077) for path in (tmp_path / "mine").rglob("*")} == {"0o0"}
    assert (tmp_path / "mine").stat().st_mode & 0o077 == 0


def test_a_flipped_byte_is_named_and_nothing_is_restored(home: Settings, kept: Path) -> None:
    shutil.rmtree(home.home / "raw")
    for path in sorted(path for path in kept.rglob("*") if path.is_file()):
        good = path.read_bytes()
        path.write_bytes(
            good[: len(good) // 2] + bytes([good[len(good) // 2] ^ 1]) + good[len(good) // 2 + 1 :]
        )
        with pytest.raises(WarehouseError, match="damaged") as error:
            restore(home, kept)
        assert str(path) in str(error.value)
        path.unlink()
        with pytest.raises(WarehouseError, match=r"is missing|does not exist") as error:
            restore(home, kept)
        assert str(path) in str(error.value)
        path.write_bytes(good)
    assert not home.raw_path.exists()
    restore(home, kept)


def test_a_newer_format_is_refused_with_its_version(home: Settings, kept: Path) -> None:
    said = json.loads((kept / "manifest.json").read_text())
    (kept / "manifest.json").write_text(json.dumps({**said, "format_version": 2, "program_version": "9.1"}))
    for call in (restore, backup):
        with pytest.raises(WarehouseError, match=r"format 2, written by version 9\.1"):
            call(home if call is backup else Settings(home=home.home / "other"), kept)


@pytest.mark.parametrize("point", ["b000000004", "state/", "manifest"])
def test_a_backup_killed_between_two_files_leaves_the_earlier_one(
    home: Settings, kept: Path, tmp_path: Path, point: str
) -> None:
    Platform(home.home, tmp_path / "exports").lands("payments", payment(3, "2026-03-02 11:00:00", "25"))
    (next((kept / "batches" / "payments").glob("*4.parquet"))).unlink()
    earlier = (kept / "manifest.json").read_bytes()
    killed = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_backup", str(home.home), str(kept), point], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert (kept / "manifest.json").read_bytes() == earlier
    backup(home, kept)
    shutil.rmtree(home.home / "raw")
    restore(home, kept)
    assert query(home, "select count(*) from raw.payments") == [(3,)]
    assert [path for path in kept.rglob(".writing-*") if path.parent != kept] == []


def test_a_publication_later_than_the_backup_names_what_would_be_lost(
    home: Settings, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = Platform(home.home, tmp_path / "exports")
    platform.lands("payments", payment(3, "2026-03-02 11:00:00", "25"))
    increment(home, day(4))
    runs = query(home, "from audit.runs order by all")
    shutil.rmtree(home.home / "raw")
    words = ["--home", str(home.home), "restore", str(kept)]
    assert main(words) == 1
    assert "count 1 landed files that are not in the backup" in (said := capsys.readouterr().err)
    assert "payments/1.csv" in said
    assert "--allow-loss" in said
    assert not home.raw_path.exists()
    assert main([*words, "--allow-loss"]) == 0
    assert "payments/1.csv" in capsys.readouterr().err
    assert query(home, "from audit.runs order by all") == runs
    assert land_path(home, platform.exports).rows_accepted == 1
    increment(home, day(4))
    assert paid(home) == [(175,)]


def test_files_that_are_no_database_are_put_aside_with_their_logs(home: Settings, kept: Path) -> None:
    for content in (b"", b"nothing" * 2000):
        for path in (home.raw_path, home.build_path):
            path.write_bytes(content)
            path.with_name("warehouse.duckdb.wal").write_bytes(b"of a lost file")
        restore(home, kept)
        assert query(home, "select count(*) from raw.payments") == [(2,)]
    for path in (home.raw_path, home.build_path):
        assert not path.with_name("warehouse.duckdb.wal").exists()
        assert len(list(path.parent.glob("damaged-*.duckdb"))) == 2


def test_a_folder_is_only_written_to_when_it_is_this_warehouse_s_backup(
    home: Settings, kept: Path, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match=r"letter\.txt"):
        backup(home, tmp_path / "full")
    before = (kept / "manifest.json").read_bytes()
    other = Platform(tmp_path / "other", tmp_path / "exports")
    other.lands("users", USER)
    with pytest.raises(UsageError, match="has not landed"):
        backup(other.settings, kept)
    with pytest.raises(WarehouseError, match="nothing to back up"):
        backup(Settings(home=tmp_path / "none"), tmp_path / "new")
    with pytest.raises(WarehouseError, match="holds no backup"):
        restore(Settings(home=tmp_path / "none"), tmp_path / "new")
    shutil.rmtree(home.home / "raw")
    with pytest.raises(WarehouseError, match="warehouse restore"):
        backup(home, kept)
    restore(home, kept)
    increment(home, day(4))
    home.build_path.unlink()
    with pytest.raises(WarehouseError, match="warehouse restore"):
        backup(home, kept)
    assert (kept / "manifest.json").read_bytes() == before
