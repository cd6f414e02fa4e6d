"""What dbt is told to run: the nodes of the names given, without the tests of a calibration."""

from pathlib import Path

import pytest

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.dbt import selection
from tests.support.rendered import dbt_result


@pytest.mark.parametrize("left_out", [3, 100])
def test_nodes_of_the_names_are_chosen_but_none_of_the_calibration(tmp_path: Path, left_out: int) -> None:
    settings = Settings(home=tmp_path)
    parsed = project.manifest(settings)
    tags = {name: list(node.tags) for name, node in parsed.nodes.items()}
    names = sorted(
        node["name"]
        for node in project.manifest_dict(settings)["nodes"].values()
        if node["resource_type"] in ("model", "test") and "calibration" not in node["tags"]
    )
    chosen = names[left_out:]
    with selection(parsed, [*chosen, "core_daily_foots_to_facts"]) as arguments:
        listed = dbt_result(
            settings, "ls", "--output", "name", "--resource-types", "model", "test", *arguments
        )
    assert sorted(listed) == chosen
    assert {name: list(node.tags) for name, node in parsed.nodes.items()} == tags
