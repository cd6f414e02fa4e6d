"""When the jobs run by themselves, in the business zone: increments all day, the calibration at night."""

from collections.abc import Iterable

from dagster import (
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.activity import reason_to_wait
from orchestration.dagster_graph.jobs import CALIBRATION_JOB, INCREMENTAL_JOB
from orchestration.dagster_graph.partitions import business_date

MINUTES_PER_DAY = 24 * 60


def every_minutes(minutes: int) -> list[str]:
    """Cron lines for 00:00 and every `minutes` after it within the day.

    Cron's own `*/7` restarts at every hour; here the steps stay equal until midnight.
    """
    hours_at: dict[int, list[int]] = {}
    for minute_of_day in range(0, MINUTES_PER_DAY, minutes):
        hours_at.setdefault(minute_of_day % 60, []).append(minute_of_day // 60)
    minutes_in: dict[tuple[int, ...], list[int]] = {}
    for minute, hours in hours_at.items():
        minutes_in.setdefault(tuple(hours), []).append(minute)
    return [
        f"{_listed(sorted(minutes))} {'*' if len(hours) == 24 else _listed(hours)} * * *"
        for hours, minutes in minutes_in.items()
    ]


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def daytime_schedule(settings: Settings) -> ScheduleDefinition:
    """Every `daytime_minutes`: the partition of today, as of now. A tick during a run does nothing."""

    @schedule(
        name="daytime_schedule",
        job_name=INCREMENTAL_JOB,
        cron_schedule=every_minutes(settings.daytime_minutes),
        execution_timezone=settings.business_time_zone,
        default_status=DefaultScheduleStatus.RUNNING,
        description=f"Lands and increments every {settings.daytime_minutes} minutes.",
    )
    def daytime_schedule_(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        reason = reason_to_wait(context.instance, settings)
        if reason:
            return SkipReason(reason)
        return RunRequest(
            partition_key=business_date(settings, settings.fixed_as_of or context.scheduled_execution_time)
        )

    return daytime_schedule_


def calibration_schedule(settings: Settings) -> ScheduleDefinition:
    """Every night at `calibration_time`; behind a run that is still going on it waits in the queue."""
    hour, minute = settings.calibration_time.split(":")

    @schedule(
        name="calibration_schedule",
        job_name=CALIBRATION_JOB,
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=settings.business_time_zone,
        default_status=DefaultScheduleStatus.RUNNING,
        description=f"Calibrates at {settings.calibration_time}.",
    )
    def calibration_schedule_(context: ScheduleEvaluationContext) -> RunRequest:
        return RunRequest(run_key=context.scheduled_execution_time.isoformat())

    return calibration_schedule_
