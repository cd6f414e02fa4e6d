"""`warehouse doctor` finds what is wrong with a home, says what to do, and changes nothing."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingest.foundation.settings import Settings
from orchestration.cli import main
from orchestration.runs.increment import increment
from tests.support.damage import cut, flip_the_last_table
from tests.support.locks import held_lock
from tests.support.small_platform import USER, Platform, day, rate


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home; copied, never changed."""
    folder = tmp_path_factory.mktemp("doctor")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", USER)
    one.lands("fx_rates", rate("2026-03-01", "7.1"))
    increment(one.settings, day(3))
    return folder / "home"


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


def examined(home: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """Exit status, and what is wrong by subject with what to do."""
    before = {path: path.read_bytes() for path in home.rglob("*.duckdb")}
    status = main(["--home", str(home), "doctor", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert {path: path.read_bytes() for path in home.rglob("*.duckdb")} == before
    assert said["is_sound"] == (status == 0)
    wrong = [one for one in said["findings"] if not one["is_good"]]
    assert all(one["to_do"] for one in wrong)
    return status, {one["subject"]: f"{one['found']}; {one['to_do']}" for one in wrong}


def test_a_sound_home(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert examined(home, capsys) == (0, {})
    assert main(["--home", str(home), "doctor"]) == 0
    assert capsys.readouterr().out.endswith("nothing is wrong\n")


def test_a_new_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "home").mkdir()
    assert examined(tmp_path / "home", capsys) == (0, {})
    status, wrong = examined(tmp_path / "none", capsys)
    assert status == 1
    assert "does not exist" in wrong["home"]


@pytest.mark.parametrize("damage", [cut, flip_the_last_table, Path.unlink])
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("raw/warehouse.duckdb", ("raw file", "warehouse restore DIR")),
        ("build/warehouse.duckdb", ("build file", "warehouse calibrate --rebuild")),
        ("published/warehouse.duckdb", ("publication", "warehouse increment")),
    ],
)
def test_a_damaged_or_missing_file(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    file: str,
    said: tuple[str, str],
) -> None:
    subject, to_do = said
    (home / "published" / "previous").mkdir(exist_ok=True)
    shutil.copy(
        home / "published" / "warehouse.duckdb", home / "published" / "previous" / "warehouse-2026.duckdb"
    )
    damage(home / file)
    status, wrong = examined(home, capsys)
    assert status == 1
    assert list(wrong) == [subject]
    assert to_do in wrong[subject]


def test_a_build_file_that_did_not_make_the_publication(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(home / "build" / "warehouse.duckdb")) as build:
        build.execute("delete from audit.runs")
    status, wrong = examined(home, capsys)
    assert status == 1
    assert "is older than" in wrong["build file"]


def test_rights(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "raw").chmod(0o755)
    (home / "published" / "warehouse.duckdb").chmod(0o644)
    _, wrong = examined(home, capsys)
    assert f"chmod 700 {home / 'raw'}" in wrong["home"]
    assert "everyone on this machine" in wrong["readers"]


def test_settings_against_what_landed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "settings.toml").write_text(
        f'official_rate_source = "ecb"\nreader_group = "no-such-group"\nbackup_dir = "{home / "nowhere"}"\n'
    )
    _, wrong = examined(home, capsys)
    assert "landed are central_parity" in wrong["settings"]
    assert "is no group" in wrong["readers"]
    assert "nowhere" in wrong["backup"]


def test_while_a_run_works(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held_lock(Settings(home=home), "calibrate"):
        assert main(["--home", str(home), "doctor"]) == 0
    said = capsys.readouterr().out
    assert f"held by calibrate, process {os.getpid()}" in said
    assert "not looked into while a run holds the lock" in said
