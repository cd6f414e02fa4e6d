"""Nothing is published from a loss, nothing moves the books back, and nothing is published where nothing changed."""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import pytest

from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from orchestration.cli import main
from orchestration.runs import state
from orchestration.runs.build_file import open_build
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment
from orchestration.runs.publish import publish
from tests.support.small_platform import USER, Platform, day, payment, with_one_payment


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000])


def scramble(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (remove, empty, truncate, scramble, make_folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """One paid day, published; later copied, never changed."""
    return with_one_payment(tmp_path_factory.mktemp("loss"), amount="100")


@pytest.fixture
def platform(made: Platform, tmp_path: Path) -> Platform:
    shutil.copytree(made.settings.home, tmp_path / "home")
    return Platform(tmp_path / "home", tmp_path / "exports")


def paid(platform: Platform) -> list[tuple[object, ...]]:
    return platform.published("select sum(gross_paid_cny) from marts.core_daily where business_type = 'all'")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("run", [increment, calibrate])
def test_a_lost_build_file_is_never_published_from(
    platform: Platform, damage: Callable[[Path], None], run: Callable[..., object]
) -> None:
    before = platform.settings.published_path.read_bytes()
    damage(platform.settings.build_path)
    with pytest.raises(WarehouseError, match=r"(?s)calibrate --rebuild.*warehouse restore"):
        run(platform.settings, day(4))
    assert platform.settings.published_path.read_bytes() == before


# A rebuild costs seconds; what is there of the file makes no other difference.
@pytest.mark.parametrize("damage", [remove, make_folder])
def test_a_lost_build_file_is_made_anew_from_what_landed(
    platform: Platform, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    platform.lands("payments", payment(2, "2026-03-01 11:00:00", "50"))
    runs = platform.published("from audit.runs")
    damage(platform.settings.build_path)
    words = ["--home", str(platform.settings.home), "calibrate", "--as-of", "2026-03-04T00:00:00Z"]
    assert main([*words, "--rebuild"]) == 0
    assert "consistent" in capsys.readouterr().out
    assert paid(platform) == platform.published("select cast(150 as decimal(18, 2))")
    # The history goes on: what landed since the last publication is why its figures changed.
    assert platform.published("from audit.runs order by published_at")[:-1] == runs
    assert platform.published("select distinct cause from audit.restatements") == [("late_landing",)]
    assert not increment(platform.settings, day(4)).is_published


def test_a_rebuild_without_a_publication_to_go_by_publishes_what_landed(platform: Platform) -> None:
    remove(platform.settings.build_path)
    scramble(platform.settings.published_path)
    calibrate(platform.settings, day(4), is_rebuild=True)
    assert paid(platform) == platform.published("select cast(100 as decimal(18, 2))")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("run", [increment, calibrate, partial(calibrate, is_rebuild=True)])
def test_a_lost_raw_file_is_never_published_from(
    platform: Platform, damage: Callable[[Path], None], run: Callable[..., object]
) -> None:
    before = platform.settings.published_path.read_bytes()
    damage(platform.settings.raw_path)
    for _ in range(2):
        with pytest.raises(WarehouseError, match="warehouse restore"):
            run(platform.settings, day(4))
    assert platform.settings.published_path.read_bytes() == before


def test_nothing_lands_where_the_raw_file_is_lost(platform: Platform) -> None:
    remove(platform.settings.raw_path)
    with pytest.raises(WarehouseError, match="what landed is lost here"):
        platform.lands("users", {**USER, "user_id": "u9"})
    assert not platform.settings.raw_path.exists()


@pytest.mark.parametrize("is_rebuild", [False, True])
def test_a_raw_file_older_than_the_publication_is_never_published_from(
    platform: Platform, tmp_path: Path, is_rebuild: bool
) -> None:
    """Nor after others have landed in it under the numbers of what is gone."""
    shutil.copy(platform.settings.raw_path, tmp_path / "older")
    platform.lands("payments", payment(2, "2026-03-01 11:00:00", "50"))
    increment(platform.settings, day(4))
    before = platform.settings.published_path.read_bytes()
    shutil.copy(tmp_path / "older", platform.settings.raw_path)
    platform.lands("payments", payment(3, "2026-03-01 12:00:00", "7"))
    with pytest.raises(WarehouseError, match=r"(?s)does not have .*older copy.*warehouse restore"):
        calibrate(platform.settings, day(4), is_rebuild=is_rebuild)
    assert platform.settings.published_path.read_bytes() == before


def test_a_build_file_older_than_the_publication_is_never_published_from(platform: Platform) -> None:
    with duckdb.connect(str(platform.settings.build_path)) as build:
        build.execute("delete from audit.runs")
        build.execute("delete from meta.run_state")
    with pytest.raises(WarehouseError, match=r"(?s)is older than .*warehouse restore"):
        increment(platform.settings, day(4))


def test_a_build_file_begun_anew_beside_a_damaged_publication_is_never_published_from(
    platform: Platform,
) -> None:
    scramble(platform.settings.published_path)
    remove(platform.settings.build_path)
    with open_build(platform.settings) as build:
        state.prepare(build)
    with pytest.raises(WarehouseError, match="never been published from"):
        increment(platform.settings, day(4))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_publication_is_replaced(platform: Platform, damage: Callable[[Path], None]) -> None:
    damage(platform.settings.published_path)
    publish(platform.settings, platform.settings.build_path, utc_now())
    assert paid(platform) == platform.published("select cast(100 as decimal(18, 2))")
    kept = list(platform.settings.published_path.parent.glob("damaged-*"))
    assert len(kept) == (0 if damage is remove else 1)
    assert list(platform.settings.published_path.parent.glob("previous/*")) == []


def test_the_next_run_replaces_a_damaged_publication_though_nothing_landed_and_says_so(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    truncate(platform.settings.published_path)
    assert (
        main(["--home", str(platform.settings.home), "increment", "--as-of", f"{day(3):%Y-%m-%dT%H:%M:%SZ}"])
        == 0
    )
    assert paid(platform) == platform.published("select cast(100 as decimal(18, 2))")
    [kept] = platform.settings.published_path.parent.glob("damaged-*")
    assert f"could not be read. It is kept as {kept}" in capsys.readouterr().err
    assert increment(platform.settings, day(4)).warning() is None


def test_the_books_go_back_only_when_told_to(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(platform.settings.home)]
    for command in ("increment", "calibrate"):
        assert main([*home, command, "--as-of", "2026-03-02T12:00:00Z"]) == 1
        assert "--rewind" in capsys.readouterr().err
    assert main([*home, "increment", "--as-of", "2026-03-02T12:00:00Z", "--rewind"]) == 0
    assert platform.published("select max(as_of_at) from marts.core_periods") == [(day(2, 12),)]


def test_with_nothing_landed_and_the_same_as_of_nothing_is_published(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    before = platform.settings.published_path.stat().st_ino
    assert main(["--home", str(platform.settings.home), "increment", "--as-of", "2026-03-03T00:00:00Z"]) == 0
    assert "nothing to do, nothing published" in capsys.readouterr().out
    assert platform.settings.published_path.stat().st_ino == before
