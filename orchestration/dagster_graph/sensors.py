"""What starts a run when something happens: new landing files; and what tells people when a run fails."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.raw.raw_file import has_raw, open_raw
from ingest.read.names import is_temporary_name
from ingest.read.stage import is_unfinished
from orchestration.dagster_graph.activity import reason_to_wait
from orchestration.dagster_graph.alerts import alert
from orchestration.dagster_graph.failures import CAUSE_TAG
from orchestration.dagster_graph.jobs import INCREMENTAL_JOB
from orchestration.dagster_graph.partitions import business_date

LANDING_INTERVAL_SECONDS = 5
# A file that changed just now may still be arriving.
SETTLING_SECONDS = 3
ALERT_INTERVAL_SECONDS = 30

# (size, mtime in ns) of a file, by `feed/name`.
Listing = dict[str, list[int]]


def landing_sensor(settings: Settings) -> SensorDefinition:
    """Starts the incremental job, once, for complete files that are not in the ledger yet.

    The cursor remembers which states of which files were seen to, so that a file that cannot land does not
    start a run at every tick; the daytime schedule tries it again. What the ledger knows needs no run.
    """

    @sensor(
        name="landing_sensor",
        job_name=INCREMENTAL_JOB,
        minimum_interval_seconds=LANDING_INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Starts the incremental job when files have arrived in the landing folder.",
    )
    def landing_sensor_(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        reason = reason_to_wait(context.instance, settings)
        if reason:
            return SkipReason(reason)
        seen: Listing = json.loads(context.cursor) if context.cursor else {}
        complete, arriving_count = list_landing(settings.landing_dir)
        changed = {name: state for name, state in complete.items() if seen.get(name) != state}
        if changed:
            try:
                known = _last_ledger_entries(settings)
            except WarehouseError as error:
                return SkipReason(str(error))
            new = [
                name for name in changed if not _is_in_ledger(settings.landing_dir / name, known.get(name))
            ]
        else:
            new = []
        cursor = json.dumps(complete, sort_keys=True)
        if not new:
            waiting = f"; {arriving_count} still arriving" if arriving_count else ""
            return SensorResult(
                skip_reason=f"No new files in {settings.landing_dir}{waiting}.", cursor=cursor
            )
        context.log.info(f"New files: {', '.join(new[:20])}{' and more' if len(new) > 20 else ''}")
        return SensorResult(
            run_requests=[RunRequest(partition_key=business_date(settings, settings.now()))], cursor=cursor
        )

    return landing_sensor_


def list_landing(landing_dir: Path) -> tuple[Listing, int]:
    """The complete files in the feeds' folders, and how many others are still arriving."""
    complete: Listing = {}
    arriving_count = 0
    for feed in FEEDS:
        folder = landing_dir / feed
        # One that may not be looked into must not stop the others; the landing says so.
        for name in (
            sorted(os.listdir(folder)) if os.access(folder, os.R_OK | os.X_OK, effective_ids=True) else ()
        ):
            path = folder / name
            try:
                found = path.stat()
            except OSError:
                continue
            if is_temporary_name(name) or not stat.S_ISREG(found.st_mode):
                continue
            if now().timestamp() - found.st_mtime < SETTLING_SECONDS or is_unfinished(path):
                arriving_count += 1
            else:
                complete[f"{feed}/{name}"] = [found.st_size, found.st_mtime_ns]
    return complete, arriving_count


def _last_ledger_entries(settings: Settings) -> dict[str, datetime]:
    """When each `feed/name` was last landed or refused, naive UTC."""
    if not has_raw(settings):
        return {}
    # Reading keeps a writer from opening the file, so it takes its turn like one; it does not wait for it.
    with (
        writer_lock(settings.replace(lock_wait_seconds=0), "landing sensor"),
        open_raw(settings, read_only=True) as connection,
    ):
        rows = connection.execute(
            "select feed || '/' || source_name, max(landed_at) from raw.batches group by all"
        ).fetchall()
    return dict(rows)


def _is_in_ledger(path: Path, last_entry_at: datetime | None) -> bool:
    """Whether the ledger's entry is younger than the file's last change or delivery (its ctime)."""
    try:
        changed = path.stat()
    except OSError:
        return True
    changed_at = datetime.fromtimestamp(max(changed.st_mtime, changed.st_ctime), UTC).replace(tzinfo=None)
    return last_entry_at is not None and last_entry_at > changed_at


def failure_sensor(settings: Settings) -> SensorDefinition:
    """One clear line for every run that failed, also one whose process died (run monitoring finds it).

    A run that fails as the one before it did is news to nobody.
    """

    @run_failure_sensor(
        name="failure_alert",
        minimum_interval_seconds=ALERT_INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Writes a line to logs/alerts.log, and to the webhook if set, for a failed run, until its cause changes.",
    )
    def failure_alert(context: RunFailureSensorContext) -> None:
        if _failed_so_before(context.instance, context.dagster_run):
            context.log.info("It failed as the run before it; that was told.")
            return
        alert(settings, failure_line(context), context.log)

    return failure_alert


def _failed_so_before(instance: DagsterInstance, run: DagsterRun) -> bool:
    """Whether the finished run of the same job before this one failed for the same cause."""
    if CAUSE_TAG not in run.tags:
        return False
    record = instance.get_run_record_by_id(run.run_id)
    earlier = instance.get_runs(
        RunsFilter(
            job_name=run.job_name,
            statuses=[DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE],
            created_before=record.create_timestamp if record else None,
        ),
        limit=1,
    )
    return (
        bool(earlier)
        and earlier[0].status == DagsterRunStatus.FAILURE
        and earlier[0].tags.get(CAUSE_TAG) == run.tags[CAUSE_TAG]
    )


def failure_line(context: RunFailureSensorContext) -> str:
    """Which run failed, where, and why in the words of the error."""
    causes = []
    for event in context.get_step_failure_events():
        failure = event.step_failure_data
        said = failure.user_failure_data.description if failure.user_failure_data else None
        error = failure.error.message if failure.error else ""
        causes.append(f"{event.step_key}: {said or error}")
    run = context.dagster_run
    what = "; ".join(causes) or _last_engine_message(context) or context.failure_event.message
    return f"{run.job_name} failed (run {run.run_id}): {what}"


def _last_engine_message(context: RunFailureSensorContext) -> str | None:
    """What Dagster noted of a run that failed outside its steps: why it could not start, or how it was found dead."""
    notes = context.instance.all_logs(context.dagster_run.run_id, of_type=DagsterEventType.ENGINE_EVENT)
    messages = [note.dagster_event.message for note in notes if note.dagster_event]
    # The sensor's own note of an earlier failure is no cause.
    return next(
        (message for message in reversed(messages) if message and "acted on run status" not in message), None
    )
