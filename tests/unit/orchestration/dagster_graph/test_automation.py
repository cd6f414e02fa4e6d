"""What follows a publication or a calibration that was made without it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dagster import AssetKey, AssetMaterialization, DagsterInstance, evaluate_automation_conditions

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.backup import BACKUP_KEY
from orchestration.dagster_graph.calibration import CALIBRATION_KEY
from orchestration.dagster_graph.digests import DIGESTS_KEY
from orchestration.dagster_graph.graph import build_defs
from orchestration.dagster_graph.pages import PAGES_KEY
from orchestration.dagster_graph.published import PUBLISHED_KEY


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    return settings.replace(backup_dir=tmp_path / "kept")


def test_digests_and_backup_follow_a_calibration_of_the_command_line_once(home: Settings) -> None:
    defs, instance, cursor = build_defs(home), DagsterInstance.ephemeral(), None

    def wanted_after(*made: AssetKey) -> set[AssetKey]:
        nonlocal cursor
        for key in made:
            instance.report_runless_asset_event(AssetMaterialization(key))
        # In a thread of its own: a browser's tests may have left an event loop running in this one.
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(evaluate_automation_conditions, defs, instance, cursor=cursor).result()
        cursor = found.cursor
        return {key for key in (PAGES_KEY, DIGESTS_KEY, BACKUP_KEY) if found.get_num_requested(key)}

    wanted_after()
    assert wanted_after(CALIBRATION_KEY, PUBLISHED_KEY) >= {DIGESTS_KEY, BACKUP_KEY}
    assert wanted_after(PAGES_KEY, DIGESTS_KEY, BACKUP_KEY) == set()
    # An increment makes pages only; a calibration of Dagster makes all in its run.
    assert wanted_after(PUBLISHED_KEY) & {DIGESTS_KEY, BACKUP_KEY} == set()
    assert wanted_after(CALIBRATION_KEY, PUBLISHED_KEY, PAGES_KEY, DIGESTS_KEY, BACKUP_KEY) == set()
