"""One run on the live tables: what is recorded before anything changes, the models, and the report of it all."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.progress import ShowProgress, show_nothing
from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs import dbt, reach, state
from orchestration.runs.build_file import open_build
from orchestration.runs.engine import Engine
from orchestration.runs.plan import Plan
from orchestration.runs.reach import Moved
from orchestration.runs.restatements import business_date
from orchestration.runs.state import RunState


@dataclass(frozen=True)
class RunReport:
    """What one run did. `pending` counts the rows taken up per feed; `results` are dbt's nodes, none where nothing was to do.

    `damaged_path` is where the last publication is kept if it could not be read.
    """

    run_id: str
    kind: str
    is_full_refresh: bool
    is_published: bool
    as_of: datetime
    pending: dict[str, int]
    restated_count: int
    seconds: float
    results: list[dbt.NodeResult] = field(default_factory=list, repr=False)
    damaged_path: Path | None = None

    def warning(self) -> str | None:
        """What whoever ran it should know beside what was done."""
        if self.damaged_path is None:
            return None
        return (
            f"The last publication could not be read. It is kept as {self.damaged_path}, and what changed since it is in no "
            "restatement. A new one is in place; `warehouse doctor` checks the other files."
        )


def new_run_id() -> str:
    return f"{utc_now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def begin(connection: duckdb.DuckDBPyConnection, planned: Plan) -> None:
    """Record the attempt before anything changes, so that a killed run is made good by the next."""
    attempted = planned.attempted
    state.write(
        connection,
        RunState(
            attempted.published_as_of,
            attempted.lowest_as_of,
            attempted.highest_as_of,
            planned.is_full_refresh,
            # Until a rebuild has finished, the tables still follow the earlier settings.
            planned.earlier.settings_fingerprint if planned.earlier else attempted.settings_fingerprint,
        ),
    )


def run_models(
    settings: Settings,
    engine: Engine,
    as_of: datetime,
    planned: Plan,
    *,
    with_tests: bool = True,
    show_progress: ShowProgress = show_nothing,
    stage: str = "tables",
) -> list[dbt.NodeResult]:
    """One dbt run on the live tables, with or without the data tests.

    Raises DbtFailed when a model or a data test fails.
    """
    attempted = planned.attempted
    build = partial(
        engine.build,
        settings.build_path,
        dbt.variables(settings, as_of, attempted.lowest_as_of, attempted.highest_as_of),
        show_progress=show_progress,
    )
    if planned.is_full_refresh:
        results = build(full_refresh=True, with_tests=with_tests, stage=stage)
        engine.hand_over(settings.build_path)
        return results
    manifest = project.manifest_dict(settings)
    with open_build(settings) as connection:
        names = reach.reached(manifest, _moved(settings, engine, connection, planned))
        engine.make_changes(connection, manifest)
    results = []
    done: list[str] = []
    if not planned.pending:
        # Where nothing landed, the as-of alone rarely changes anything: looked at first, it saves the rest.
        done = reach.first_part(manifest, names)
        if done:
            results += build(full_refresh=False, with_tests=False, select=done, stage="calendar and rates")
        with open_build(settings) as connection:
            unchanged = [name for name in done if _is_unchanged(engine, connection, manifest, name)]
            names = reach.reached(
                manifest, replace(_moved(settings, engine, connection, planned), unchanged=unchanged)
            )
    selected = [name for name in names if name not in done]
    if with_tests:
        selected += reach.data_tests(manifest, {*names, *done})
    if selected:
        results += build(full_refresh=False, select=selected, stage=stage)
    engine.hand_over(settings.build_path)
    return results


def _moved(settings: Settings, engine: Engine, connection: duckdb.DuckDBPyConnection, planned: Plan) -> Moved:
    low, high = planned.attempted.lowest_as_of, planned.attempted.highest_as_of
    schemas = {node["name"]: node["schema"] for node in project.manifest_dict(settings)["nodes"].values()}

    def passes(model: str, instant: str) -> bool:
        # As the macro is_between_as_ofs has it.
        return engine.has_rows(
            connection,
            f"select 1 from {schemas[model]}.{model} where {instant} >= timestamp '{low}' "
            f"and {instant} <= timestamp '{high}' limit 1",
        )

    return Moved(
        pending=frozenset(planned.pending),
        has_landed=state.has_landed(connection),
        is_as_of_moved=not low == high == planned.attempted.published_as_of,
        passes_midnight=business_date(settings, low) != business_date(settings, high),
        passes=passes,
    )


def _is_unchanged(
    engine: Engine, connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], name: str
) -> bool:
    """Whether a model says that it differs in nothing: it is in schema changes, or its changes are."""
    told = any(
        node["name"] == name
        and (node["config"]["materialized"] == "incremental" or node["schema"] == "changes")
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    )
    return told and not engine.has_rows(connection, f"select 1 from changes.{name} limit 1")
