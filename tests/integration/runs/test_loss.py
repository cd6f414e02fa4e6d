"""Nothing is published from a loss, nothing moves the books back, and nothing is published where nothing changed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from orchestration.cli import main
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment
from orchestration.runs.publish import publish
from tests.support.small_platform import ORDER, USER, Platform, day, payment


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
    folder = tmp_path_factory.mktemp("loss")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", USER)
    one.lands("purchase_orders", ORDER)
    one.lands("payments", payment(1, "2026-03-01 10:00:00", "100"))
    increment(one.settings, day(3))
    return one


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
    with pytest.raises(WarehouseError, match="warehouse restore"):
        run(platform.settings, day(4))
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
    remove(platform.settings.build_path)
    scramble(platform.settings.published_path)
    platform.lands("users", {**USER, "user_id": "u9"})
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


def test_the_next_run_replaces_a_damaged_publication_though_nothing_landed(platform: Platform) -> None:
    truncate(platform.settings.published_path)
    assert increment(platform.settings, day(3)).is_published
    assert paid(platform) == platform.published("select cast(100 as decimal(18, 2))")


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
