"""When the jobs run, and when a tick does nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunRequest, SkipReason, build_schedule_context
from dagster._core.test_utils import create_run_for_test
from dagster._utils.schedules import schedule_execution_time_iterator

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.jobs import CALIBRATION_JOB, INCREMENTAL_JOB
from orchestration.dagster_graph.schedules import calibration_schedule, daytime_schedule, every_minutes
from tests.support.locks import held_lock


@pytest.fixture
def instance(tmp_path: Path) -> DagsterInstance:
    return DagsterInstance.local_temp(str(tmp_path))


def ticks(cron: list[str], zone: str, count: int) -> list[datetime]:
    start = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
    times = schedule_execution_time_iterator(start, cron, zone)
    return [next(times) for _ in range(count)]


@pytest.mark.parametrize("minutes", [1, 7, 15, 45, 60, 90, 1440])
def test_the_steps_stay_equal_until_midnight(minutes: int) -> None:
    per_day = -(-1440 // minutes)
    found = ticks(every_minutes(minutes), "UTC", per_day + 1)
    assert [(tick - found[0]).total_seconds() / 60 for tick in found] == [
        *(minutes * step for step in range(per_day)),
        1440,
    ]


def test_a_quarter_of_an_hour_is_one_plain_cron_line(settings: Settings) -> None:
    assert every_minutes(settings.daytime_minutes) == ["0,15,30,45 * * * *"]


def test_both_schedules_follow_the_business_zone(settings: Settings) -> None:
    for zone in ("Asia/Shanghai", "America/Los_Angeles"):
        zoned = settings.replace(business_time_zone=zone, calibration_time="04:05")
        assert daytime_schedule(zoned).execution_timezone == zone
        assert calibration_schedule(zoned).execution_timezone == zone
        assert calibration_schedule(zoned).cron_schedule == "5 4 * * *"
    [tick] = ticks(["30 3 * * *"], "Asia/Shanghai", 1)
    assert tick.astimezone(UTC).hour == 19


def test_the_daytime_tick_asks_for_the_business_date_it_falls_on(
    settings: Settings, instance: DagsterInstance
) -> None:
    tick = datetime(2026, 3, 1, 17, 15, tzinfo=UTC)
    context = build_schedule_context(instance, scheduled_execution_time=tick)
    schedule = daytime_schedule(settings)
    request = schedule(context)
    assert schedule.job_name == INCREMENTAL_JOB
    assert isinstance(request, RunRequest)
    assert request.partition_key == "2026-03-02"


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])
def test_a_daytime_tick_during_a_run_does_nothing(
    settings: Settings, instance: DagsterInstance, status: DagsterRunStatus
) -> None:
    create_run_for_test(instance, job_name=CALIBRATION_JOB, status=status)
    context = build_schedule_context(instance, scheduled_execution_time=datetime(2026, 3, 1, tzinfo=UTC))
    skipped = daytime_schedule(settings)(context)
    assert isinstance(skipped, SkipReason)
    assert CALIBRATION_JOB in (skipped.skip_message or "")


def test_a_finished_run_holds_nothing_up(settings: Settings, instance: DagsterInstance) -> None:
    create_run_for_test(instance, job_name=INCREMENTAL_JOB, status=DagsterRunStatus.FAILURE)
    context = build_schedule_context(instance, scheduled_execution_time=datetime(2026, 3, 1, tzinfo=UTC))
    assert isinstance(daytime_schedule(settings)(context), RunRequest)


def test_a_daytime_tick_while_the_command_line_writes_does_nothing(
    settings: Settings, instance: DagsterInstance
) -> None:
    context = build_schedule_context(instance, scheduled_execution_time=datetime(2026, 3, 1, tzinfo=UTC))
    with held_lock(settings, "land by hand"):
        skipped = daytime_schedule(settings)(context)
    assert isinstance(skipped, SkipReason)
    assert "land by hand" in (skipped.skip_message or "")
    assert isinstance(daytime_schedule(settings)(context), RunRequest)
