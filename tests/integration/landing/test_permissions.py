"""What this account may not read is said, and stops nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path, preview_path
from ingest.land.report import LandingReport
from orchestration.dagster_graph.sensors import list_landing
from tests.support.accounts import folder_of_nobody, without_rights
from tests.support.landing import csv_text, deliver, payment


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All that a landing loads: Python itself may stand where nobody may not read."""
    folder = tmp_path_factory.mktemp("loaded")
    deliver(folder, "in/payments/a.csv", csv_text([payment(1)]))
    assert not land_path(Settings(home=folder / "home"), folder / "in").rejected


@pytest.fixture
def folder(loaded: None) -> Iterator[Path]:
    with folder_of_nobody() as folder, without_rights():
        yield folder


def lands(folder: Path, path: str = "in") -> LandingReport:
    settings = Settings(home=folder / "home")
    for how in (preview_path, land_path):
        report = how(settings, folder / path)
        assert report.exit_status == 1
    assert report.rows_accepted == 1
    return report


@pytest.mark.parametrize("mode", [0o000, 0o400, 0o100])
@pytest.mark.parametrize("closed", ["in/users", "in/2026-03-02", "in/2026-03-02/users"])
def test_a_folder_that_may_not_be_looked_into_stops_no_other(folder: Path, closed: str, mode: int) -> None:
    deliver(folder, "in/payments/a.csv", csv_text([payment(1)]))
    deliver(folder, f"{closed}/b.csv", csv_text([payment(2)]))
    (folder / closed).chmod(mode)
    (refused,) = lands(folder).rejected
    assert f"{refused.feed}/{refused.source_name}".startswith(closed.removeprefix("in/").split("/")[-1])
    assert "may not look into the folder" in refused.message


def test_a_file_that_may_not_be_read_stops_no_other(folder: Path) -> None:
    deliver(folder, "in/payments/a.csv", csv_text([payment(1)])).chmod(0o000)
    deliver(folder, "in/payments/b.csv", csv_text([payment(2)]))
    (refused,) = lands(folder).rejected
    assert refused.message.startswith("unreadable_file: cannot be opened: Permission denied")


def test_a_landing_folder_that_may_not_be_looked_into_is_said(folder: Path) -> None:
    deliver(folder, "in/payments/a.csv", csv_text([payment(1)]))
    (folder / "in").chmod(0o000)
    report = land_path(Settings(home=folder / "home"), folder / "in")
    assert "may not look into the folder" in "".join(report.lines())
    assert report.exit_status == 1


def test_a_home_that_may_not_be_written_is_said(folder: Path) -> None:
    deliver(folder, "in/payments/a.csv", csv_text([payment(1)]))
    (folder / "home").mkdir(mode=0o500)
    with pytest.raises(WarehouseError, match=r"(?s)home.*Permission denied.*[Nn]othing was changed"):
        land_path(Settings(home=folder / "home"), folder / "in")


def test_the_sensor_goes_on_with_the_other_feeds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.dagster_graph.sensors.SETTLING_SECONDS", -1)
    deliver(folder, "in/payments/a.csv", csv_text([payment(1)]))
    deliver(folder, "in/users/b.csv", "user_id\n")
    (folder / "in" / "users").chmod(0o000)
    complete, _ = list_landing(folder / "in")
    assert list(complete) == ["payments/a.csv"]
