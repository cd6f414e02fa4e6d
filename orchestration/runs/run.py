"""One run on the live tables: what is recorded before anything changes, the models, and the report of it all."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.progress import ShowProgress, show_nothing
from ingest.foundation.settings import Settings
from orchestration.runs import dbt, state
from orchestration.runs.plan import Plan
from orchestration.runs.state import RunState


@dataclass(frozen=True)
class RunReport:
    """What one run did. `pending` counts the rows taken up per feed; `results` are dbt's nodes, none where nothing was to do."""

    run_id: str
    kind: str
    is_full_refresh: bool
    is_published: bool
    as_of: datetime
    pending: dict[str, int]
    restated_count: int
    seconds: float
    results: list[dbt.NodeResult] = field(default_factory=list, repr=False)


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
    return dbt.build(
        settings,
        settings.build_path,
        dbt.variables(settings, as_of, attempted.lowest_as_of, attempted.highest_as_of),
        full_refresh=planned.is_full_refresh,
        with_tests=with_tests,
        show_progress=show_progress,
        stage=stage,
    )
