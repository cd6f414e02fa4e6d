"""`warehouse land DATABASE` and `warehouse rates fetch` as a person types them."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ingest.foundation.settings import Settings
from orchestration.cli import main


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "shop.toml"
    path.write_text(
        '[source]\nname = "shop"\n[[feeds]]\nfeed = "users"\ntable = "members"\ncursor = { column = "at" }\n'
        '[feeds.columns]\nuser_id = "id"\nregistered_at = "at"\nupdated_at = "at"\n'
    )
    return path


@pytest.mark.servers
def test_a_change_in_mariadb_is_landed_by_the_second_command(
    mariadb: Any, home: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mariadb.execute("create table members (id int primary key, at datetime);")
    mariadb.execute("insert into members values (1, '2026-01-05 08:00:00'), (2, '2026-01-05 09:00:00');")
    command = ["--home", str(home), "land", mariadb.url, "--mapping", str(mapping)]
    assert main(command) == 0
    assert capsys.readouterr().out == (
        "users/shop.members: 2 rows landed\n2 rows landed, 0 quarantined, 0 files rejected\n"
        f"home {home}; next: `warehouse increment` brings the figures up to date\n"
    )
    mariadb.execute("update members set at = '2026-01-06 08:00:00' where id = 1;")
    assert main(command) == 0
    assert "users/shop.members: 1 rows landed" in capsys.readouterr().out
    mariadb.execute("delete from members where id = 2;")
    assert main([*command, "--find-deleted"]) == 0
    shown = capsys.readouterr().out
    assert "users/shop.members: nothing new (1 known rows read again)" in shown
    assert "users/shop.members: 1 rows landed" in shown


def test_a_sqlite_file(tmp_path: Path, home: Path, mapping: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table members (id, at)")
        connection.execute("insert into members values (1, '2026-01-05 08:00:00')")
    connection.close()
    command = ["--home", str(home), "land", f"sqlite:{tmp_path / 'shop.db'}"]
    assert main([*command, "--mapping", str(mapping)]) == 0
    assert "1 rows landed, 0 quarantined" in capsys.readouterr().out
    assert main([*command, "--mapping", str(mapping), "--restart"]) == 0
    assert "1 rows landed, 0 quarantined" in capsys.readouterr().out


def test_wrong_usage_says_what_is_missing(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = ["--home", str(home)]
    assert main([*start, "land", "mysql://reader@127.0.0.1/shop"]) == 2
    assert "needs --mapping FILE.toml" in capsys.readouterr().err
    assert main([*start, "land", str(tmp_path), "--find-deleted"]) == 2
    assert "are for databases" in capsys.readouterr().err
    assert (
        main([*start, "land", "mysql://reader@127.0.0.1/shop", "--mapping", str(tmp_path / "no.toml")]) == 2
    )
    assert "no.toml: cannot be read" in capsys.readouterr().err
    assert not home.exists()


def test_rates_without_a_network(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--home", str(home), "rates", "fetch", "ecb", "--offline", "--since", "2026-10-30"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "ecb rates from the embedded history, since 2026-10-30" in shown
    assert main(command) == 0
    assert "0 new, 0 corrected" in capsys.readouterr().out
    assert main(["--home", str(home), "rates", "fetch", "central_parity", "--offline"]) == 2
    assert "only the history of ecb is embedded" in capsys.readouterr().err


def test_a_dry_run_reads_the_database_and_leaves_the_home_as_it_is(
    tmp_path: Path, home: Path, mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("create table members (id, at)")
        shop.execute("insert into members values (1, '2026-01-05 08:00:00')")
    shop.close()
    command = ["--home", str(home), "land", f"sqlite:{tmp_path / 'shop.db'}", "--mapping", str(mapping)]
    assert main([*command, "--dry-run"]) == 0
    assert capsys.readouterr().out == (
        "users/shop.members: 1 rows would land\n"
        f"1 table would land in {home}, 0 be rejected; nothing was changed\n"
    )
    assert not home.exists()
    assert main(command) == 0
    capsys.readouterr()
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("insert into members values (2, '2026-01-06 08:00:00'), (3, 'yesterday')")
        shop.execute("delete from members where id = 1")
    shop.close()
    before = Settings(home=home).raw_path.read_bytes()
    assert main([*command, "--dry-run", "--find-deleted"]) == 0
    said = capsys.readouterr().out
    assert "users/shop.members: 1 rows would land; 1 quarantined (not_a_timestamp 1)" in said
    assert said.count("users/shop.members: 1 rows would land") == 2
    assert Settings(home=home).raw_path.read_bytes() == before
