"""The setting `engine` where there is no other engine: refused in words, and nothing is lost by the attempt."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ingest.foundation.errors import WarehouseError
from orchestration.cli import main
from orchestration.lake import note
from orchestration.lake.note import SETTLED, Note
from orchestration.runs.build_file import open_build
from orchestration.runs.calibrate import calibrate
from orchestration.runs.increment import increment
from orchestration.runs.plan import plan
from tests.support.small_platform import USER, Platform, day, payment


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    folder = tmp_path_factory.mktemp("made")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", USER)
    one.lands("payments", payment(1, "2026-03-01 10:00:00", "500"))
    increment(one.settings, day(3))
    return one


@pytest.mark.parametrize("run", [increment, calibrate])
def test_a_run_without_spark_says_what_to_install_and_leaves_the_tables_to_duckdb(
    made: Platform, tmp_path: Path, run: Callable[..., object]
) -> None:
    one = made.copied_to(tmp_path)
    one.lands("payments", payment(2, "2026-03-02 10:00:00", "7"))
    published = one.settings.published_path.read_bytes()
    with pytest.raises(WarehouseError, match=r"needs the packages of requirements-spark\.lock") as caught:
        run(one.settings.replace(engine="spark"), day(4))
    assert ".ci/engine-environment spark" in str(caught.value)
    assert one.settings.published_path.read_bytes() == published
    report = increment(one.settings, day(4))
    assert not report.is_full_refresh
    assert report.pending == {"payments": 1}


def test_tables_that_are_on_a_lake_are_built_whole_on_duckdb(made: Platform, tmp_path: Path) -> None:
    one = made.copied_to(tmp_path)
    with closing(open_build(one.settings)) as connection:
        note.write(connection, Note("/mnt/lake", "run_1", None, SETTLED, is_stale=False, has_tables=True))
        assert plan(one.settings, connection, day(4)).reason == "tables are missing or of another shape"
    assert increment(one.settings, day(4)).is_full_refresh
    with closing(open_build(one.settings)) as connection:
        assert note.read(connection) is None
        assert not plan(one.settings, connection, day(5)).is_full_refresh


@pytest.mark.parametrize(
    ("settings", "is_rebuild"),
    [
        ({"lake_dir": "/mnt/lake"}, False),
        ({"lake_dir": "/mnt/another"}, True),
        ({"spark_address": "sc://spark.example.com:15002"}, True),
    ],
)
def test_a_run_on_another_lake_builds_every_table(
    made: Platform, tmp_path: Path, settings: dict[str, str], is_rebuild: bool
) -> None:
    one = made.copied_to(tmp_path)
    on_lake = one.settings.replace(engine="spark", **settings)
    with closing(open_build(on_lake)) as connection:
        assert plan(on_lake, connection, day(4)).is_full_refresh
        note.write(connection, Note("/mnt/lake", "run_1", None, SETTLED, is_stale=False, has_tables=True))
        assert plan(on_lake, connection, day(4)).is_full_refresh is is_rebuild


def test_explain_says_that_it_does_not_read_a_lake(
    made: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_ENGINE", "spark")
    words = ["explain", "core_daily", "net_revenue_cny", "business_date=2026-03-01", "business_type=all"]
    assert main(["--home", str(made.settings.home), *words]) == 1
    assert 'explain does not work with engine = "spark" yet' in capsys.readouterr().err
