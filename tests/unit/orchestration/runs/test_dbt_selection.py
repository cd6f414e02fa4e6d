"""What dbt is told to run: the nodes of the names given, without the tests of a calibration."""

import contextlib
import io
from pathlib import Path

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.dbt import selection


def test_nodes_of_the_names_are_chosen_but_none_of_the_calibration(tmp_path: Path) -> None:
    from dbt.cli.main import dbtRunner

    settings = Settings(home=tmp_path)
    parsed = project.manifest(settings)
    tags = {name: list(node.tags) for name, node in parsed.nodes.items()}
    names = sorted(
        node["name"]
        for node in project.manifest_dict(settings)["nodes"].values()
        if node["resource_type"] in ("model", "test") and "calibration" not in node["tags"]
    )
    chosen = names[::3]
    listing = ["ls", "--output", "name", "--resource-types", "model", "test"]
    with (
        project.dbt_environment(settings.build_path, settings.raw_path, settings.dbt_target_dir),
        contextlib.redirect_stdout(io.StringIO()),
        selection(parsed, [*chosen, "core_daily_foots_to_facts"]) as arguments,
    ):
        listed = dbtRunner(manifest=parsed).invoke([*project.NO_LOG, "--no-write-json", *listing, *arguments])
    assert listed.success, listed.exception
    assert sorted(listed.result) == chosen
    assert {name: list(node.tags) for name, node in parsed.nodes.items()} == tags
