"""What dbt is told to run: the names given, or, where those are fewer, the names left out."""

import contextlib
import io
from pathlib import Path

import pytest

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.dbt import selection


@pytest.mark.parametrize(("left_out", "how"), [(3, "--exclude"), (100, "--select")])
def test_either_form_chooses_the_same(tmp_path: Path, left_out: int, how: str) -> None:
    from dbt.cli.main import dbtRunner

    settings = Settings(home=tmp_path)
    names = sorted(
        node["name"]
        for node in project.manifest_dict(settings)["nodes"].values()
        if node["resource_type"] in ("model", "test") and "calibration" not in node["tags"]
    )
    chosen = names[left_out:]
    listing = ["ls", "--output", "name", "--indirect-selection", "empty", "--resource-types", "model", "test"]
    arguments = selection(settings, chosen, ("model", "test"))
    assert arguments[0] == how
    with (
        project.dbt_environment(settings.build_path, settings.raw_path, settings.dbt_target_dir),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        listed = dbtRunner(manifest=project.manifest(settings)).invoke(
            [*project.NO_LOG, "--no-write-json", *listing, *arguments]
        )
    assert listed.success, listed.exception
    assert sorted(listed.result) == chosen
