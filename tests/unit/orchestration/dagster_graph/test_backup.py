"""The nightly backup: into the folder that is set, and nowhere when none is."""

from pathlib import Path

from dagster import AssetKey, Definitions, materialize

from ingest.foundation.settings import Settings
from orchestration.backup.manifest import read_manifest
from orchestration.dagster_graph.backup import BACKUP_KEY, backup_asset
from orchestration.dagster_graph.graph import build_defs
from tests.support.small_platform import USER, Platform


def job_assets(defs: Definitions, job: str) -> set[AssetKey]:
    return set(defs.resolve_job_def(job).asset_layer.executable_asset_keys)


def test_it_is_in_no_graph_of_a_home_without_a_folder_for_it(settings: Settings) -> None:
    assert not build_defs(settings).resolve_asset_graph().has(BACKUP_KEY)


def test_it_is_made_after_every_calibration_and_after_no_increment(
    settings: Settings, tmp_path: Path
) -> None:
    defs = build_defs(settings.replace(backup_dir=tmp_path / "kept"))
    assert BACKUP_KEY in job_assets(defs, "calibration_job")
    assert BACKUP_KEY not in job_assets(defs, "incremental_job")


def test_it_goes_to_the_folder_that_is_set_and_fails_in_words(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "home", tmp_path / "exports")
    platform.lands("users", USER)
    folder = tmp_path / "kept"

    def run() -> list[object]:
        result = materialize(
            [backup_asset(folder)], resources={"settings": platform.settings}, raise_on_error=False
        )
        failed = [event.step_failure_data.user_failure_data for event in result.get_step_failure_events()]
        return [failure.description if failure else None for failure in failed] or [
            event.step_key for event in result.get_asset_materialization_events()
        ]

    assert run() == ["backup"]
    manifest = read_manifest(folder)
    assert manifest is not None
    assert len(manifest.batches) == 1
    (folder / "letter.txt").write_text("dear")
    [said] = run()
    assert "letter.txt" in str(said)
