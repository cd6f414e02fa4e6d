"""`warehouse init [DIR]`: a home whose samples land and give figures, and that overwrites nothing."""

import csv
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import load_settings
from orchestration.cli import main


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_samples_land_as_they_are_and_give_figures_in_every_module(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "a home"
    assert main(["init", str(home)]) == 0
    said = capsys.readouterr().out
    assert f"warehouse land '{home}/samples' --home '{home}'" in said
    assert sorted(path.parent.name for path in (home / "samples").rglob("*.csv")) == sorted(FEEDS)

    assert main(["land", str(home / "samples"), "--home", str(home)]) == 0
    assert ", 0 quarantined, 0 files rejected" in capsys.readouterr().out
    assert main(["increment", "--home", str(home)]) == 0
    # The samples have no rate of the euro, which is a display currency.
    assert main(["dashboard", "--home", str(home)]) == 0

    with (home / "samples" / "payments" / "sample.csv").open(encoding="utf-8") as file:
        payments = list(csv.DictReader(file))
    with duckdb.connect(str(load_settings(home).published_path), read_only=True) as books:
        paid = books.sql(
            "select business_type, sum(gross_paid_cny) from marts.core_daily group by all order by all"
        ).fetchall()
        filled = {
            mart: books.sql(f"select count(*) from marts.{mart}").fetchall()[0][0]
            for mart in (
                "orders_daily",
                "forwarding_routes",
                "services_daily",
                "users_daily",
                "core_fx_daily",
            )
        }
    # The parcel order bills 15.00 of services.
    assert paid == [
        ("all", Decimal("490.00")),
        ("forwarding", Decimal("186.00")),
        ("purchase", Decimal("280.00")),
        ("service", Decimal("24.00")),
    ]
    assert sum(Decimal(payment["amount_cny"]) for payment in payments) == paid[0][1]
    assert 0 not in filled.values(), filled


def test_the_home_is_the_one_of_the_option_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "env"))
    assert main(["init"]) == 0
    assert main(["--home", str(tmp_path / "option"), "init"]) == 0
    assert tree(tmp_path / "env") == tree(tmp_path / "option")


@pytest.mark.parametrize(
    "there",
    [
        "settings.toml",
        "samples/users/mine.csv",
        "raw/warehouse.duckdb",
        "build/warehouse.duckdb",
        "published/warehouse.duckdb",
    ],
)
def test_nothing_is_overwritten(tmp_path: Path, there: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / there).write_text("mine")
    assert main(["init", str(tmp_path)]) == 2
    assert "is there already. Nothing was changed." in capsys.readouterr().err
    assert tree(tmp_path) == {there: b"mine"}


def test_twice_is_refused_and_a_folder_with_other_things_is_not(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["init", str(tmp_path)]) == 0
    before = tree(tmp_path)
    assert main(["init", str(tmp_path)]) == 2
    assert tree(tmp_path) == before
    assert before["notes.txt"] == b"mine"


def test_what_cannot_be_made_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    assert main(["init", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.startswith("warehouse: " + str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"
