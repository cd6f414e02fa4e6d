"""The digests: written behind every calibration, failing in words, never by an increment."""

from pathlib import Path

from dagster import materialize

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.digests import DIGESTS_KEY, digests
from orchestration.dagster_graph.graph import build_defs


def test_they_are_made_after_every_calibration_and_after_no_increment(settings: Settings) -> None:
    defs = build_defs(settings)
    assert DIGESTS_KEY in defs.resolve_job_def("calibration_job").asset_layer.executable_asset_keys
    assert DIGESTS_KEY not in defs.resolve_job_def("incremental_job").asset_layer.executable_asset_keys


def test_without_a_publication_they_fail_in_words(tmp_path: Path) -> None:
    result = materialize([digests], resources={"settings": Settings(home=tmp_path)}, raise_on_error=False)
    (failed,) = result.get_step_failure_events()
    failure = failed.step_failure_data.user_failure_data
    assert failure is not None
    assert "nothing is published yet" in str(failure.description)
