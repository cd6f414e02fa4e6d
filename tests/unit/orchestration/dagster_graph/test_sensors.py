"""The landing sensor: each complete new file starts one run, and the ledger has the last word."""

import os
import time
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    SensorResult,
    SkipReason,
    build_run_status_sensor_context,
    build_sensor_context,
)
from dagster._core.test_utils import create_run_for_test

from ingest.foundation.clock import utc_now
from ingest.foundation.settings import Settings
from ingest.land.folders import land_path
from orchestration.dagster_graph.failures import CAUSE_TAG
from orchestration.dagster_graph.jobs import INCREMENTAL_JOB
from orchestration.dagster_graph.partitions import business_date
from orchestration.dagster_graph.sensors import SETTLING_SECONDS, failure_line, failure_sensor, landing_sensor
from tests.support.landing import USER, csv_text, deliver
from tests.support.locks import held_lock


class Ticks:
    """A sensor's ticks, one after another, with the cursor each leaves to the next."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.instance = DagsterInstance.ephemeral()
        self.cursor: str | None = None

    def tick(self) -> SensorResult | SkipReason:
        context = build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = landing_sensor(self.settings)(context)
        assert isinstance(result, SensorResult | SkipReason)
        if isinstance(result, SensorResult):
            self.cursor = result.cursor
        return result

    def partitions(self) -> list[str | None]:
        """The partitions that a tick asks for."""
        result = self.tick()
        return (
            [request.partition_key for request in result.run_requests or []]
            if isinstance(result, SensorResult)
            else []
        )


@pytest.fixture
def ticks(settings: Settings) -> Ticks:
    return Ticks(settings)


def arrived(settings: Settings, name: str = "users/a.csv", **values: str) -> Path:
    """A complete file that was delivered a while ago."""
    path = deliver(settings.landing_dir, name, csv_text([{**USER, **values}]))
    settle(path)
    return path


def settle(path: Path) -> None:
    then = time.time() - SETTLING_SECONDS - 1
    os.utime(path, (then, then))


def today(settings: Settings) -> str:
    return business_date(settings, utc_now())


def test_nothing_there_asks_for_nothing(ticks: Ticks) -> None:
    assert ticks.partitions() == []


def test_a_new_file_asks_for_one_run_of_today(settings: Settings, ticks: Ticks) -> None:
    arrived(settings)
    assert ticks.partitions() == [today(settings)]
    assert ticks.partitions() == []


def test_several_files_ask_for_one_run(settings: Settings, ticks: Ticks) -> None:
    arrived(settings, "users/a.csv")
    arrived(settings, "users/b.csv", user_id="U2")
    assert len(ticks.partitions()) == 1


def test_another_content_under_the_same_name_asks_again(settings: Settings, ticks: Ticks) -> None:
    arrived(settings)
    assert len(ticks.partitions()) == 1
    arrived(settings, user_id="U22")
    assert len(ticks.partitions()) == 1
    assert ticks.partitions() == []


def test_what_the_command_line_landed_asks_for_nothing(settings: Settings, ticks: Ticks) -> None:
    arrived(settings)
    land_path(settings, settings.landing_dir)
    assert ticks.partitions() == []


def test_a_refused_file_asks_once(settings: Settings, ticks: Ticks) -> None:
    settle(deliver(settings.landing_dir, "users/a.csv", "not,the,columns\n1,2,3\n"))
    assert len(ticks.partitions()) == 1
    land_path(settings, settings.landing_dir)
    assert ticks.partitions() == []
    # A lost cursor changes nothing: the ledger knows.
    ticks.cursor = None
    assert ticks.partitions() == []


def test_a_file_still_arriving_waits(settings: Settings, ticks: Ticks) -> None:
    path = deliver(settings.landing_dir, "users/a.csv", csv_text([USER]))
    assert ticks.partitions() == []
    settle(path)
    with path.open("a", encoding="utf-8"):
        assert ticks.partitions() == []
    assert len(ticks.partitions()) == 1


@pytest.mark.parametrize("name", ["users/.a.csv", "users/a.csv.part", "unheard_of/a.csv", "a.csv"])
def test_what_no_landing_takes_asks_for_nothing(settings: Settings, ticks: Ticks, name: str) -> None:
    arrived(settings, name)
    assert ticks.partitions() == []


def test_a_tick_during_a_run_leaves_the_file_to_the_next(settings: Settings, ticks: Ticks) -> None:
    arrived(settings)
    run = create_run_for_test(ticks.instance, job_name=INCREMENTAL_JOB, status=DagsterRunStatus.STARTED)
    assert isinstance(ticks.tick(), SkipReason)
    ticks.instance.delete_run(run.run_id)
    assert len(ticks.partitions()) == 1


def test_a_tick_while_the_command_line_writes_leaves_the_file_to_the_next(
    settings: Settings, ticks: Ticks
) -> None:
    arrived(settings)
    with held_lock(settings, "calibrate by hand"):
        skipped = ticks.tick()
        assert isinstance(skipped, SkipReason)
        assert "calibrate by hand" in (skipped.skip_message or "")
    assert len(ticks.partitions()) == 1


def test_a_run_that_died_is_told_in_the_words_of_who_found_it(settings: Settings) -> None:
    instance = DagsterInstance.ephemeral()
    run = create_run_for_test(instance, job_name=INCREMENTAL_JOB, status=DagsterRunStatus.STARTED)
    instance.report_engine_event("The run's process was terminated by signal 9.", run)
    context = build_run_status_sensor_context(
        sensor_name="failure_alert",
        dagster_event=instance.report_run_failed(run),
        dagster_instance=instance,
        dagster_run=run,
    ).for_run_failure()
    assert failure_line(context) == (
        f"incremental_job failed (run {run.run_id}): The run's process was terminated by signal 9."
    )


def test_a_run_that_fails_as_the_one_before_is_told_once(settings: Settings) -> None:
    instance = DagsterInstance.ephemeral()

    def ends(cause: str | None) -> None:
        status = DagsterRunStatus.STARTED if cause else DagsterRunStatus.SUCCESS
        run = create_run_for_test(instance, job_name=INCREMENTAL_JOB, status=status)
        if cause is None:
            return
        instance.add_run_tags(run.run_id, {CAUSE_TAG: cause})
        instance.report_engine_event(cause, run)
        failed = instance.report_run_failed(run)
        ended = instance.get_run_by_id(run.run_id)
        assert ended is not None
        context = build_run_status_sensor_context(
            sensor_name="failure_alert",
            dagster_event=failed,
            dagster_instance=instance,
            dagster_run=ended,
        ).for_run_failure()
        failure_sensor(settings)(context)

    for cause in ("dbt failed", "dbt failed", None, "dbt failed", "disk full", "disk full"):
        ends(cause)
    told = (settings.logs_dir / "alerts.log").read_text(encoding="utf-8").splitlines()
    assert [line.rsplit(": ", 1)[1] for line in told] == ["dbt failed", "dbt failed", "disk full"]
