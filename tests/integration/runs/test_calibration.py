"""The nightly calibration: every planted difference is found and has its cause; readers and the live tables survive a failure."""

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.foundation.errors import WarehouseError
from orchestration.catalogue import project
from orchestration.cli import main
from orchestration.runs import publish
from orchestration.runs.build_file import open_build
from orchestration.runs.calibrate import CalibrationReport, calibrate
from orchestration.runs.increment import increment
from tests.support.published_tables import MARTS
from tests.support.small_platform import (
    ORDER,
    USER,
    Platform,
    day,
    edit,
    own_copy_of_project,
    payment,
    rate,
    refund,
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two paid days, the second in dollars on a provisional rate; published as of 3 March."""
    folder = tmp_path_factory.mktemp("calibration")
    one = Platform(folder / "home", folder / "exports")
    one.lands("users", USER)
    one.lands("purchase_orders", ORDER)
    one.lands("fx_rates", rate("2026-03-01", "7.10"))
    one.lands(
        "payments", payment(1, "2026-03-01 10:00:00", "100"), payment(2, "2026-03-02 10:00:00", "10", "USD")
    )
    one.lands("refunds", refund(1, "2026-03-02 11:00:00"))
    increment(one.settings, day(3))
    return one


@pytest.fixture(scope="module")
def planted(platform: Platform) -> CalibrationReport:
    """The calibration after one difference of each measured cause was planted."""
    assert platform.published(
        "select has_provisional_rate from marts.core_daily where business_date = '2026-03-02' limit 1"
    )
    platform.lands("fx_rates", rate("2026-03-02", "7.20"))
    platform.lands("payments", payment(3, "2026-03-01 12:00:00", "40"))
    return calibrate(platform.settings, day(4))


def test_planted_differences_have_their_causes(platform: Platform, planted: CalibrationReport) -> None:
    drift = platform.drift_of(planted)
    assert ("core_daily", "gross_paid_cny", "71.00", "72.00", "rate_final") in drift
    assert ("core_daily", "gross_paid_cny", "100.00", "140.00", "late_landing") in drift
    # What a running day does is no drift.
    assert {row[4] for row in drift} == {"rate_final", "late_landing"}
    assert {row[1] for row in drift if row[4] == "rate_final"} <= {
        column for table in MARTS.values() for column, unit in table.measures.items() if unit != "count"
    }
    assert planted.unexplained_count == 0
    assert planted.differences["definition_change"] == 0


def test_the_causes_of_a_calibration_that_could_not_publish_are_taken_up(
    platform: Platform, planted: CalibrationReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables are the live ones: nothing that a later run compares has changed beneath them."""
    one = platform.copied_to(tmp_path / "one")
    one.lands("payments", payment(4, "2026-03-01 13:00:00", "3"))
    with monkeypatch.context() as full:
        full.setattr(publish, "publish", refuse)
        with pytest.raises(WarehouseError, match="No space left"):
            calibrate(one.settings, day(5))
    other = one.copied_to(tmp_path / "other")
    again = calibrate(one.settings, day(5))
    assert again.unexplained_count == 0
    assert ("core_daily", "gross_paid_cny", "140.00", "143.00", "late_landing") in one.drift_of(again)
    report = increment(other.settings, day(5))
    assert report.restated_count == again.run.restated_count > 0
    assert other.published(
        f"select distinct cause from audit.restatements where run_id = '{report.run_id}'"
    ) == [("late_landing",)]


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_counts_and_duration_are_kept(platform: Platform, planted: CalibrationReport) -> None:
    rows = platform.published(
        "select outcome, table_count, compared_row_count > 0, difference_count, rate_final_count, late_landing_count, "
        "attribute_changed_count, unexplained_count, duration_seconds > 0 "
        f"from audit.calibration_runs where run_id = '{planted.run.run_id}'"
    )
    found = planted.differences
    assert rows == [
        (
            "consistent",
            len(MARTS),
            True,
            sum(found.values()),
            found["rate_final"],
            found["late_landing"],
            found["attribute_changed"],
            0,
            True,
        )
    ]
    assert "consistent" in planted.summary()


def test_restatements_keep_the_first_published_value_and_the_cause(
    platform: Platform, planted: CalibrationReport
) -> None:
    restated = platform.published(
        "select column_name, first_published_value, current_value, cause, run_id from audit.restatements "
        "where table_name = 'core_daily' and json_extract_string(key, '$.business_type') = 'purchase' "
        "and column_name = 'gross_paid_cny' order by first_published_value"
    )
    assert restated == [
        ("gross_paid_cny", "100.00", "140.00", "late_landing", planted.run.run_id),
        ("gross_paid_cny", "71.00", "72.00", "rate_final", planted.run.run_id),
    ]


def test_unchanged_cells_add_nothing_to_restatements(platform: Platform, planted: CalibrationReport) -> None:
    before = platform.published("select count(*) from audit.restatements")
    increment(platform.settings, day(4, 1))
    assert before == platform.published(
        f"select count(*) from audit.restatements where run_id = '{planted.run.run_id}'"
    )
    assert before == platform.published("select count(*) from audit.restatements")


def test_tampered_figure_is_unexplained_and_mended(
    platform: Platform, planted: CalibrationReport, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_build(platform.settings) as connection:
        connection.execute(
            "update marts.core_daily set gross_paid_cny = 1 where business_date = '2026-03-01' and business_type = 'purchase'"
        )
    assert main(["--home", str(platform.settings.home), "calibrate", "--as-of", "2026-03-04T02:00:00Z"]) == 1
    said = capsys.readouterr()
    assert "UNEXPLAINED DRIFT" in said.out
    assert "audit.calibration_drift" in said.err
    assert platform.published(
        "select gross_paid_cny from marts.core_daily where business_date = '2026-03-01' and business_type = 'purchase'"
    ) == platform.published("select 140::decimal(18, 2)")
    assert platform.published(
        "select incremental_value, calibrated_value from audit.calibration_drift where cause = 'unexplained'"
    ) == [("1.00", "140.00")]


@pytest.fixture
def own_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the dbt project to break, used by the pipeline while the test runs."""
    with own_copy_of_project(tmp_path, monkeypatch) as copy:
        yield copy


def test_changed_definition_is_named_and_broken_increment_is_unexplained(
    platform: Platform, planted: CalibrationReport, own_project: Path
) -> None:
    refunds_daily = own_project / "models" / "marts" / "order_operations" / "orders_refunds_daily.sql"
    edit(refunds_daily, "count(distinct refund_id)", "1 + count(distinct refund_id)")
    # The increment of this model hears of other dates only: the bug that calibration is there to find.
    reason = "{'changes': 'std_money_movements'"
    edit(refunds_daily, reason, f"{reason}, 'columns': ['order_paid_date']")
    changed = calibrate(platform.settings, day(4, 3))
    assert changed.differences["definition_change"] > 0
    assert {row[0] for row in platform.drift_of(changed) if row[4] == "definition_change"} == {
        "orders_refunds_daily"
    }
    assert changed.unexplained_count == 0

    platform.lands("refunds", refund(2, "2026-03-03 14:00:00"))
    broken = calibrate(platform.settings, day(4, 4))
    assert broken.unexplained_count > 0
    assert {row[0] for row in platform.drift_of(broken) if row[4] == "unexplained"} == {
        "orders_refunds_daily"
    }


def test_failed_calibration_leaves_readers_and_live_tables_working(
    platform: Platform, planted: CalibrationReport, own_project: Path
) -> None:
    before = platform.published("select * from marts.core_daily order by all")
    broken = own_project / "models" / "marts" / "user_growth" / "users_geography.sql"
    edit(broken, "from located", "from nowhere")
    with pytest.raises(WarehouseError, match="users_geography"):
        calibrate(platform.settings, day(4, 5))
    assert platform.published("select * from marts.core_daily order by all") == before
    shutil.copy(Path(__file__).resolve().parents[3] / "dbt_project" / broken.relative_to(own_project), broken)
    project.forget_manifest()
    increment(platform.settings, day(4, 6))
    assert [row for row in platform.published("select max(as_of_at) from marts.core_periods")] == [
        (day(4, 6),)
    ]
