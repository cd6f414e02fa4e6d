"""The jobs for real, on the simulated platform: each runs in this process, against a warehouse of its own."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    RunRequest,
    SensorResult,
    SkipReason,
    build_run_status_sensor_context,
    build_schedule_context,
    build_sensor_context,
)

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import minute_text
from ingest.foundation.settings import Settings, load_settings
from orchestration.catalogue.project import manifest_dict
from orchestration.dagster_graph import failures
from orchestration.dagster_graph.calibration import CALIBRATION_KEY, NO_UNEXPLAINED_DRIFT
from orchestration.dagster_graph.dbt_checks import DATA_TESTS
from orchestration.dagster_graph.failures import CAUSE_TAG
from orchestration.dagster_graph.graph import build_defs
from orchestration.dagster_graph.jobs import CALIBRATION_JOB, INCREMENTAL_JOB
from orchestration.dagster_graph.partitions import business_date
from orchestration.dagster_graph.publications import EVENTS_PER_TICK
from orchestration.dagster_graph.published import PUBLISHED_KEY
from orchestration.dagster_graph.raw_assets import (
    LEDGER_KEY,
    LEDGER_TABLES,
    NO_REJECTED_FILES,
    REJECTED_FILES_TAG,
    raw_key,
)
from orchestration.dagster_graph.schedules import calibration_schedule
from orchestration.dagster_graph.sensors import failure_sensor
from orchestration.runs.build_file import open_build
from tests.support.landing import USER, csv_text, deliver
from tests.support.locks import held_lock
from tests.support.webhook import webhook

# One warehouse for all of them.
pytestmark = pytest.mark.xdist_group("dagster")

RAW = [*(raw_key(feed) for feed in FEEDS), *LEDGER_TABLES]
CORE_DAILY = AssetKey(["marts", "core_daily"])


@dataclass
class Warehouse:
    """One warehouse with its graph; `last_date` is the last whole business date of its data, `as_of` what is published first."""

    settings: Settings
    defs: Definitions
    last_date: datetime
    as_of: datetime

    def run(self, job: str, **arguments: Any) -> ExecuteInProcessResult:
        return self.defs.resolve_job_def(job).execute_in_process(
            instance=DagsterInstance.ephemeral(), raise_on_error=False, **arguments
        )

    def published(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.published_path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def runs(self) -> list[tuple[Any, ...]]:
        """(kind, as-of) of every run that published, oldest first."""
        return self.published("select kind, as_of_at from audit.runs order by published_at")

    def date(self, days_before_last: int = 0) -> str:
        return f"{self.last_date - timedelta(days=days_before_last):%Y-%m-%d}"


@pytest.fixture(scope="module")
def warehouse(simulated: Settings, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    home = tmp_path_factory.mktemp("dagster") / "home"
    home.mkdir()
    for name in ("raw", "build", "published"):
        shutil.copytree(simulated.home / name, home / name)
    shutil.copy(simulated.home / "settings.toml", home)
    settings = load_settings(home)
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        [(as_of,)] = connection.execute("select max(as_of_at) from audit.runs").fetchall()
    today = datetime.fromisoformat(business_date(settings, as_of))
    return Warehouse(settings, build_defs(settings), today - timedelta(days=1), as_of)


def day_end(date: datetime) -> datetime:
    """The last instant of a business date, exclusive, in UTC."""
    return date + timedelta(hours=16)


def checks(result: ExecuteInProcessResult) -> dict[tuple[AssetKey, str], bool]:
    return {
        (evaluation.asset_key, evaluation.check_name): evaluation.passed
        for evaluation in result.get_asset_check_evaluations()
    }


def materialised(result: ExecuteInProcessResult, key: AssetKey) -> list[Any]:
    return [
        event.materialization
        for event in result.all_events
        if event.event_type == DagsterEventType.ASSET_MATERIALIZATION and event.asset_key == key
    ]


def metadata(result: ExecuteInProcessResult, key: AssetKey) -> dict[str, Any]:
    [found, *_] = materialised(result, key)
    return {name: value.value for name, value in found.metadata.items()}


def failure_alert(settings: Settings, result: ExecuteInProcessResult, instance: DagsterInstance) -> str:
    """What the failure sensor writes of a run."""
    context = build_run_status_sensor_context(
        sensor_name="failure_alert",
        dagster_event=result.get_run_failure_event(),
        dagster_instance=instance,
        dagster_run=result.dagster_run,
    ).for_run_failure()
    failure_sensor(settings)(context)
    return (settings.logs_dir / "alerts.log").read_text(encoding="utf-8").splitlines()[-1]


@pytest.fixture(scope="module")
def increment(warehouse: Warehouse) -> ExecuteInProcessResult:
    """One partition, with one new file waiting and one that is no data."""
    landing = warehouse.settings.landing_dir
    deliver(landing, "users/new.csv", csv_text([{**USER, "user_id": "BRAND-NEW"}]))
    deliver(landing, "payments/bad.csv", "no,such,columns\n1,2,3\n")
    return warehouse.run(INCREMENTAL_JOB, partition_key=warehouse.date())


class TestIncrementalJob:
    def test_an_earlier_day_is_brought_up_to_date_under_the_published_as_of(
        self, warehouse: Warehouse, increment: ExecuteInProcessResult
    ) -> None:
        assert increment.success
        assert day_end(warehouse.last_date) < warehouse.as_of
        assert warehouse.runs() == [("increment", warehouse.as_of)] * 2

    def test_it_lands_what_is_in_the_landing_folder(self, increment: ExecuteInProcessResult) -> None:
        users = metadata(increment, raw_key("users"))
        assert (users["files_landed"], users["rows_accepted"]) == (1, 1)
        assert metadata(increment, raw_key("refunds"))["files_landed"] == 0

    def test_a_refused_file_fails_its_check_and_is_told_once(
        self, warehouse: Warehouse, increment: ExecuteInProcessResult
    ) -> None:
        assert checks(increment)[LEDGER_KEY, NO_REJECTED_FILES] is False
        assert metadata(increment, LEDGER_KEY)["files_rejected"] == 1
        told = (warehouse.settings.logs_dir / "alerts.log").read_text(encoding="utf-8")
        assert told.count("payments/bad.csv: rejected") == 1
        again = warehouse.run(INCREMENTAL_JOB, partition_key=warehouse.date(), asset_selection=RAW)
        assert checks(again)[LEDGER_KEY, NO_REJECTED_FILES] is False
        told = (warehouse.settings.logs_dir / "alerts.log").read_text(encoding="utf-8")
        assert told.count("payments/bad.csv: rejected") == 1

    def test_every_model_reports_its_rows_and_seconds(
        self, warehouse: Warehouse, increment: ExecuteInProcessResult
    ) -> None:
        models = [
            node
            for node in manifest_dict(warehouse.settings)["nodes"].values()
            if node["resource_type"] == "model"
        ]
        ran = set()
        for node in models:
            [found] = materialised(increment, AssetKey([node["config"]["schema"], node["name"]]))
            # What nothing reached did not run: its table is as it was.
            if "seconds" in found.metadata:
                assert found.metadata["seconds"].value >= 0
                ran.add(node["name"])
        assert {"stg_users", "users_daily"} <= ran
        [(row_count,)] = warehouse.published("select count(*) from marts.core_daily")
        assert metadata(increment, CORE_DAILY)["dagster/row_count"] == row_count > 0

    def test_a_partition_is_a_date_of_the_rows_of_a_mart(
        self, warehouse: Warehouse, increment: ExecuteInProcessResult
    ) -> None:
        [dated] = materialised(increment, CORE_DAILY)
        assert dated.partition == warehouse.date()
        for undated in (AssetKey(["marts", "core_periods"]), AssetKey(["staging", "stg_payments"])):
            assert [found.partition for found in materialised(increment, undated)] == [None]

    def test_data_tests_are_checks(self, increment: ExecuteInProcessResult) -> None:
        found = checks(increment)
        assert found[CORE_DAILY, DATA_TESTS] is True
        assert all(passed for (_, name), passed in found.items() if name == DATA_TESTS)

    def test_the_published_file_describes_itself(
        self, warehouse: Warehouse, increment: ExecuteInProcessResult
    ) -> None:
        described = metadata(increment, PUBLISHED_KEY)
        zone = ZoneInfo(warehouse.settings.business_time_zone)
        assert described["as_of"] == minute_text(warehouse.as_of, zone)
        assert described["kind"] == "increment"
        assert described["bytes"] > 100_000
        rows = {record.data["table"]: record.data["rows"] for record in described["rows"].records}
        assert rows["marts.core_periods"] == 16

    def test_every_feed_is_checked_for_freshness(self, increment: ExecuteInProcessResult) -> None:
        fresh = {key: passed for (key, name), passed in checks(increment).items() if name == "feed_is_fresh"}
        assert len(fresh) == 12
        assert fresh[raw_key("users")] is True


def record(warehouse: Warehouse, instance: DagsterInstance) -> tuple[list[Any], str]:
    """What the sensor for publications made elsewhere reports, tick by tick, until it is done; and its cursor."""
    sensor = warehouse.defs.resolve_sensor_def("publications_made_elsewhere")
    events: list[Any] = []
    cursor = None
    while not cursor:
        tick = sensor(
            build_sensor_context(instance, cursor=cursor, definitions=warehouse.defs, sensor_name=sensor.name)
        )
        assert isinstance(tick, SensorResult)
        assert len(tick.asset_events) <= EVENTS_PER_TICK
        for event in tick.asset_events:
            instance.report_runless_asset_event(event)
        events += tick.asset_events
        cursor = tick.cursor
    return events, cursor


def test_what_was_published_without_dagster_is_recorded_once(warehouse: Warehouse) -> None:
    instance = DagsterInstance.ephemeral()
    sensor = warehouse.defs.resolve_sensor_def("publications_made_elsewhere")
    events, _cursor = record(warehouse, instance)
    made = [event for event in events if isinstance(event, AssetMaterialization)]
    recorded = {event.asset_key for event in made}
    dates = Counter(event.partition if event.asset_key == CORE_DAILY else "other" for event in made)
    # Every date of the marts, each once; every model, the raw tables and the published file itself.
    first, last = warehouse.published("select min(business_date), max(business_date) from marts.core_daily")[
        0
    ]
    assert warehouse.defs.resolve_asset_graph().get(CORE_DAILY).partitions_def is not None
    expected = {str(first + timedelta(days=days)) for days in range((last - first).days + 1)}
    assert {date for date in dates if date != "other"} >= expected
    assert {count for date, count in dates.items() if date != "other"} == {1}
    models = {
        AssetKey([node["config"]["schema"], node["name"]])
        for node in manifest_dict(warehouse.settings)["nodes"].values()
        if node["resource_type"] == "model"
    }
    assert recorded >= {*models, *RAW, PUBLISHED_KEY}
    again = sensor(build_sensor_context(instance, cursor=None, definitions=warehouse.defs))
    assert isinstance(again, SensorResult)
    assert "was made by a run of Dagster" in str(again.skip_reason)
    assert not again.asset_events
    known = sensor(build_sensor_context(instance, cursor=again.cursor, definitions=warehouse.defs))
    assert isinstance(known, SkipReason)


def test_a_newly_refused_file_is_named_in_the_list_of_runs(warehouse: Warehouse) -> None:
    deliver(warehouse.settings.landing_dir, "payments/worse.csv", "no,such,columns\n3,4,5\n")
    instance = DagsterInstance.ephemeral()
    result = warehouse.defs.resolve_job_def(INCREMENTAL_JOB).execute_in_process(
        instance=instance, partition_key=warehouse.date(), asset_selection=RAW, raise_on_error=False
    )
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags[REJECTED_FILES_TAG] == "worse.csv"


def test_some_models_alone_publish_nothing_and_leave_the_rest_for_the_next_run(warehouse: Warehouse) -> None:
    before = warehouse.runs()
    deliver(warehouse.settings.landing_dir, "users/another.csv", csv_text([{**USER, "user_id": "ANOTHER"}]))
    warehouse.run(INCREMENTAL_JOB, partition_key=warehouse.date(), asset_selection=RAW)
    partly = warehouse.run(INCREMENTAL_JOB, partition_key=warehouse.date(), asset_selection=[CORE_DAILY])
    assert partly.success
    assert materialised(partly, CORE_DAILY)
    assert warehouse.runs() == before
    with open_build(warehouse.settings) as connection:
        # All models were brought up to date, not only the one that was asked for.
        assert connection.execute(
            "select count(*) from standardised.std_users where user_id = 'ANOTHER'"
        ).fetchall() == [(1,)]
    whole = warehouse.run(INCREMENTAL_JOB, partition_key=warehouse.date())
    assert whole.success
    assert warehouse.runs() == [*before, ("increment", warehouse.as_of)]


def test_a_range_of_earlier_partitions_with_nothing_landed_publishes_nothing(warehouse: Warehouse) -> None:
    before = warehouse.runs()
    result = warehouse.run(
        INCREMENTAL_JOB,
        tags={
            "dagster/asset_partition_range_start": warehouse.date(3),
            "dagster/asset_partition_range_end": warehouse.date(1),
        },
    )
    assert result.success
    assert warehouse.runs() == before
    assert [found.partition for found in materialised(result, CORE_DAILY)] == [
        warehouse.date(3),
        warehouse.date(2),
        warehouse.date(1),
    ]


def test_a_failed_data_test_fails_its_check_and_publishes_nothing(warehouse: Warehouse) -> None:
    before = warehouse.runs()
    deliver(warehouse.settings.landing_dir, "users/waiting.csv", csv_text([{**USER, "user_id": "WAITING"}]))
    # A date that no landing and no as-of touches.
    with open_build(warehouse.settings) as connection:
        connection.execute(
            "create table meta.kept as select * from marts.core_daily "
            "where business_date = (select min(business_date) from marts.core_daily)"
        )
        connection.execute("insert into marts.core_daily by name from meta.kept")
    instance = DagsterInstance.ephemeral()
    try:
        result = warehouse.defs.resolve_job_def(INCREMENTAL_JOB).execute_in_process(
            instance=instance, partition_key=warehouse.date(1), raise_on_error=False
        )
    finally:
        with open_build(warehouse.settings) as connection:
            connection.execute(
                "delete from marts.core_daily where business_date in (select business_date from meta.kept)"
            )
            connection.execute("insert into marts.core_daily by name from meta.kept")
            connection.execute("drop table meta.kept")
    assert not result.success
    assert checks(result)[CORE_DAILY, DATA_TESTS] is False
    assert materialised(result, CORE_DAILY) == []
    assert materialised(result, PUBLISHED_KEY) == []
    assert warehouse.runs() == before
    with webhook() as (url, received):
        line = failure_alert(warehouse.settings.replace(webhook_url=url), result, instance)
    assert "incremental_job failed" in line
    assert "dbt_models: dbt failed: test key_is_unique_core_daily" in line
    assert "readers keep the last publication" in line
    assert received == [{"text": line.split(" ", 1)[1]}]


def calibrate(warehouse: Warehouse) -> tuple[ExecuteInProcessResult, DagsterInstance]:
    """Exactly what the nightly tick asks for."""
    tick = datetime.fromisoformat(f"{warehouse.date()}T03:30:00+08:00")
    request = calibration_schedule(warehouse.settings)(build_schedule_context(scheduled_execution_time=tick))
    assert isinstance(request, RunRequest)
    instance = DagsterInstance.ephemeral()
    result = warehouse.defs.resolve_job_def(CALIBRATION_JOB).execute_in_process(
        instance=instance,
        run_config=request.run_config,
        tags=dict(request.tags),
        partition_key=request.partition_key,
        raise_on_error=False,
    )
    return result, instance


@pytest.fixture(scope="module")
def calibration(warehouse: Warehouse) -> ExecuteInProcessResult:
    return calibrate(warehouse)[0]


class TestCalibrationJob:
    def test_the_nightly_request_rebuilds_everything(
        self, warehouse: Warehouse, calibration: ExecuteInProcessResult
    ) -> None:
        assert calibration.success
        assert warehouse.runs()[-1][0] == "calibration"
        [(runs, outcome)] = warehouse.published(
            "select count(*), any_value(outcome) from audit.calibration_runs"
        )
        assert (runs, outcome) == (1, "consistent")
        # A rebuild takes up the seeds, which an increment leaves alone.
        assert materialised(calibration, AssetKey(["seeds", "components"]))
        assert materialised(calibration, CORE_DAILY)

    def test_a_dagster_that_did_not_make_it_records_it_behind_its_checks(
        self, warehouse: Warehouse, calibration: ExecuteInProcessResult
    ) -> None:
        events, _cursor = record(warehouse, DagsterInstance.ephemeral())
        known = next(
            place
            for place, event in enumerate(events)
            if isinstance(event, AssetMaterialization) and event.asset_key == CALIBRATION_KEY
        )
        tested = [
            {event.asset_key for event in part if getattr(event, "check_name", None) == DATA_TESTS}
            for part in (events[:known], events[known:])
        ]
        assert tested == [{key for key, name in checks(calibration) if name == DATA_TESTS}, set()]

    def test_it_says_what_it_found(self, calibration: ExecuteInProcessResult) -> None:
        found = metadata(calibration, CALIBRATION_KEY)
        assert "consistent" in found["summary"]
        assert found["unexplained_count"] == 0
        [row] = found["drift_by_cause"].records
        assert row.data["late_landing_count"] == found["late_landing_count"]

    def test_the_check_passes_and_the_publication_is_reported(
        self, calibration: ExecuteInProcessResult
    ) -> None:
        assert checks(calibration)[CALIBRATION_KEY, NO_UNEXPLAINED_DRIFT] is True
        assert metadata(calibration, PUBLISHED_KEY)["kind"] == "calibration"


def test_unexplained_drift_fails_the_check_and_the_run_loudly(warehouse: Warehouse) -> None:
    # A cell of a day long past, which no data test can know to be wrong.
    with open_build(warehouse.settings) as connection:
        connection.execute(
            "update marts.orders_cohort_daily set hours_to_store_p50 = 12345 "
            "where business_date = (select min(business_date) from marts.orders_cohort_daily)"
        )
    result, instance = calibrate(warehouse)
    assert not result.success
    assert checks(result)[CALIBRATION_KEY, NO_UNEXPLAINED_DRIFT] is False
    assert metadata(result, CALIBRATION_KEY)["unexplained_count"] > 0
    # The rebuilt figures are right, published and reported.
    assert metadata(result, PUBLISHED_KEY)["kind"] == "calibration"
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert "without a stated cause" in run.tags[CAUSE_TAG]
    line = failure_alert(warehouse.settings, result, instance)
    assert "calibration_job failed" in line
    assert "without a stated cause, in orders_cohort_daily" in line


def test_a_held_lock_is_tried_again_and_then_names_its_holder(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "LOCK_RETRY_SECONDS", 0)
    impatient = build_defs(warehouse.settings.replace(lock_wait_seconds=0))
    instance = DagsterInstance.ephemeral()
    with held_lock(warehouse.settings, "something long"):
        result = impatient.resolve_job_def(INCREMENTAL_JOB).execute_in_process(
            instance=instance, partition_key=warehouse.date(), raise_on_error=False
        )
    retries = [event for event in result.all_events if event.event_type == DagsterEventType.STEP_UP_FOR_RETRY]
    assert not result.success
    assert len(retries) == failures.LOCK_RETRIES
    assert "what something long" in failure_alert(warehouse.settings, result, instance)


def test_a_lock_released_in_time_fails_nothing(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "LOCK_RETRY_SECONDS", 0)
    attempts: list[int] = []

    def land_once_refused(settings: Settings) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            with held_lock(settings, "something short"):
                return original(settings.replace(lock_wait_seconds=0))
        return original(settings)

    from orchestration.dagster_graph import raw_assets

    original = raw_assets._land
    monkeypatch.setattr(raw_assets, "_land", land_once_refused)
    result = warehouse.run(INCREMENTAL_JOB, partition_key=warehouse.date(), asset_selection=RAW)
    assert result.success
    assert len(attempts) == 2


def test_the_definitions_are_valid_and_load_without_dbt(warehouse: Warehouse) -> None:
    environment = {
        **os.environ,
        "WAREHOUSE_HOME": str(warehouse.settings.home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    environment.pop("DAGSTER_HOME", None)
    code = (
        "import orchestration.catalogue.project as project\n"
        "project._parse = lambda target_dir: 1 / 0\n"
        "from dagster import Definitions\n"
        "from orchestration.definitions import defs\n"
        "Definitions.validate_loadable(defs)\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=120)


def test_every_data_test_is_an_asset_check(warehouse: Warehouse) -> None:
    specs = warehouse.defs.resolve_asset_graph().asset_check_keys
    names = {(key.asset_key, key.name) for key in specs}
    tests = [
        node
        for node in manifest_dict(warehouse.settings)["nodes"].values()
        if node["resource_type"] == "test"
    ]
    singular = {node["name"] for node in tests if not node.get("test_metadata")}
    assert singular <= {name for _, name in names}
    for node in tests:
        if node.get("test_metadata"):
            schema_and_name = node["attached_node"].rsplit(".", 1)[1]
            assert any(key.path[-1] == schema_and_name and name == DATA_TESTS for key, name in names), node[
                "name"
            ]
