"""One run as Dagster makes it: in a process of its own, of which CPU time, memory and open files are told."""

import os
import resource
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dagster import DagsterInstance, RunRequest, build_schedule_context

from ingest.foundation.settings import load_settings
from orchestration.dagster_graph.graph import build_defs
from orchestration.dagster_graph.schedules import calibration_schedule, daytime_schedule

SCHEDULES = {"day": daytime_schedule, "night": calibration_schedule}
# Its own notes of every event would hide what is printed of the days.
_QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


@dataclass(frozen=True)
class Run:
    """What one run took: CPU seconds, peak memory; files still open at its end."""

    cpu_seconds: float
    peak_mb: float
    open_file_count: int


def carry_out(home: Path, dagster_folder: Path, which: str, at: datetime) -> Run:
    """What the schedule `which` asks for at `at` (naive UTC), with that instant as now, carried out.

    Raises AssertionError where it asks for nothing or the run fails.
    """
    settings = load_settings(home).replace(fixed_as_of=at.replace(tzinfo=UTC))
    schedule = SCHEDULES[which](settings)
    with DagsterInstance.from_config(str(dagster_folder)) as instance:
        request = schedule(build_schedule_context(instance, scheduled_execution_time=at.replace(tzinfo=UTC)))
        assert isinstance(request, RunRequest), request
        result = (
            build_defs(settings)
            .resolve_job_def(str(schedule.job_name))
            .execute_in_process(
                instance=instance,
                partition_key=request.partition_key,
                tags=dict(request.tags),
                run_config={**request.run_config, **_QUIET},
                raise_on_error=False,
            )
        )
        assert result.success, [event.message for event in result.all_events if event.is_failure]
    return Run(
        time.process_time(),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        len(os.listdir("/proc/self/fd")),
    )
