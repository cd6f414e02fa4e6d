"""Whether a tick would only queue up behind a run that does the same."""

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from ingest.foundation.lock import lock_holder
from ingest.foundation.settings import Settings

_UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def reason_to_wait(instance: DagsterInstance, settings: Settings) -> str | None:
    """Which run is active, of Dagster or of the command line; None if none is."""
    active = instance.get_runs(RunsFilter(statuses=_UNFINISHED), limit=1)
    if active:
        return f"Run {active[0].run_id} of {active[0].job_name} is {active[0].status.value.lower()}."
    holder = lock_holder(settings)
    if holder:
        described = ", ".join(f"{key} {value}" for key, value in holder.items())
        return f"The warehouse is being written to: {described}."
    return None
