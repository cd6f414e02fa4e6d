"""The increment: bring every table up to date with what landed, then publish."""

from datetime import datetime

from ingest.foundation.clock import utc_now
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.raw.build_file import open_build
from orchestration.runs import state
from orchestration.runs.finish import finish
from orchestration.runs.plan import Plan, plan
from orchestration.runs.run import RunReport, begin, run_models


def increment(settings: Settings, as_of: datetime | None = None) -> RunReport:
    """Bring every table up to date with what landed, as of `as_of` (UTC, naive; default now), and publish.

    Ends exactly where a full refresh of the same raw data would (R18). A run that is killed or fails leaves the
    last publication to readers and is repeated by the next.
    Raises WarehouseError when another run holds the lock or dbt fails.
    """
    started_at = utc_now()
    as_of = as_of or started_at
    with writer_lock(settings, "increment"):
        with open_build(settings) as connection:
            state.prepare(connection)
            planned = plan(settings, connection, as_of)
            begin(connection, planned)
        results = run_models(settings, as_of, planned)
        return finish(
            settings,
            "increment",
            as_of,
            planned,
            started_at=started_at,
            results=results,
            default_cause=_cause(planned),
        )


def _cause(planned: Plan) -> str:
    if planned.is_full_refresh and planned.earlier is not None and not planned.pending:
        return "definition_change"
    if not planned.pending:
        return "as_of_moved"
    return "rate_final" if set(planned.pending) == {"fx_rates"} else "late_landing"
