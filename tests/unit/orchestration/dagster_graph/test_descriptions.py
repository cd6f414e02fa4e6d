"""What Dagster shows of an asset, a check, a job, a schedule or a sensor says by itself what it is."""

import re
from collections.abc import Iterator

from dagster import AssetsDefinition, Definitions

from ingest.foundation.settings import Settings
from orchestration.dagster_graph.graph import build_defs

CITATION = re.compile(r"\bR\d+\b|\bcontract\b", re.IGNORECASE)


def descriptions(defs: Definitions) -> Iterator[tuple[str, str | None]]:
    for assets in defs.resolve_asset_graph().assets_defs:
        assert isinstance(assets, AssetsDefinition)
        for spec in assets.specs:
            yield spec.key.to_user_string(), spec.description
        for check in assets.check_specs:
            yield check.key.to_user_string(), check.description
    jobs = [defs.resolve_job_def(name) for name in ("incremental_job", "calibration_job")]
    for one in [*jobs, *(defs.schedules or ()), *(defs.sensors or ())]:
        yield one.name, one.description


def test_nothing_in_dagster_cites_a_rule(settings: Settings) -> None:
    found = dict(descriptions(build_defs(settings)))
    assert len(found) > 80
    assert {name: text for name, text in found.items() if CITATION.search(text or "")} == {}
