"""The instance that `make dagster` sets up: read by Dagster itself."""

import shutil
from pathlib import Path

import pytest
from dagster import DagsterInstance
from dagster._core.run_coordinator import QueuedRunCoordinator

from orchestration import dagster_graph

CONFIG = Path(dagster_graph.__file__).parent / "dagster.yaml"


@pytest.fixture
def instance(tmp_path: Path) -> DagsterInstance:
    shutil.copy(CONFIG, tmp_path / "dagster.yaml")
    return DagsterInstance.from_config(str(tmp_path))


def test_one_run_at_a_time(instance: DagsterInstance) -> None:
    assert isinstance(instance.run_coordinator, QueuedRunCoordinator)
    assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1


def test_a_dead_run_is_found_and_its_slots_are_freed(instance: DagsterInstance) -> None:
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_settings["free_slots_after_run_end_seconds"] == 60


def test_nothing_is_sent_anywhere(instance: DagsterInstance) -> None:
    assert not instance.telemetry_enabled


def test_nobody_is_asked_to_sign_up(instance: DagsterInstance) -> None:
    assert not instance.nux_enabled


def test_a_queued_run_starts_within_a_second(instance: DagsterInstance) -> None:
    assert isinstance(instance.run_coordinator, QueuedRunCoordinator)
    assert instance.run_coordinator.dequeue_interval_seconds == 1
