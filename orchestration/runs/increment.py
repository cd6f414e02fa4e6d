"""The increment: bring every table up to date with what landed, then publish."""

from datetime import datetime
from typing import Literal

from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.lock import writer_lock
from ingest.foundation.progress import Progress, ShowProgress, show_nothing
from ingest.foundation.settings import Settings
from orchestration.runs import loss, publish, state
from orchestration.runs.build_file import open_build
from orchestration.runs.dbt import NodeResult
from orchestration.runs.engine import engine_of
from orchestration.runs.finish import finish
from orchestration.runs.loss import LastPublication
from orchestration.runs.plan import Plan, plan
from orchestration.runs.run import RunReport, begin, new_run_id, run_models
from orchestration.runs.state import RunState

# What becomes of an as-of before the published one: refused, raised to the published one, or taken.
EarlierAsOf = Literal["refuse", "keep published", "rewind"]


def increment(
    settings: Settings,
    as_of: datetime | None = None,
    *,
    earlier_as_of: EarlierAsOf = "refuse",
    is_published: bool = True,
    show_progress: ShowProgress = show_nothing,
) -> RunReport:
    """Bring every table up to date with what landed, as of `as_of` (UTC, naive; default `settings.now()`), and publish.

    Ends exactly where a full refresh of the same raw data would (R18). A run that is killed or fails leaves the
    last publication to readers and is repeated by the next. With nothing landed and the as-of unchanged it does nothing;
    without `is_published` the tables are brought up to date and readers keep the last publication.
    Raises WarehouseError when another run holds the lock, dbt fails, the as-of would move the books back, or the build
    file is not the one that made the last publication.
    """
    started_at = utc_now()
    as_of = as_of or settings.now()
    with writer_lock(settings, "increment"), loss.build_failures(settings):
        publish.require_writable(settings)
        published = loss.last_publication(settings)
        loss.require_raw_file(settings)
        loss.require_build_file(settings, published)
        with open_build(settings) as connection:
            state.prepare(connection)
            loss.require_own_publication(settings, connection, published)
            as_of = settled_as_of(state.read(connection), published, as_of, earlier_as_of)
            planned = plan(settings, connection, as_of)
            is_published_whole = (
                published is not None
                and published.is_current
                and published.run_id == state.last_run_id(connection)
            )
            if is_published_whole and planned.is_empty and not state.has_changes(connection):
                return _report(as_of, planned, started_at, is_published=False)
            engine = engine_of(settings)
            engine.begin(connection, is_full_refresh=planned.is_full_refresh)
            begin(connection, planned)
        results = run_models(settings, engine, as_of, planned, show_progress=show_progress)
        if not is_published:
            return _report(as_of, planned, started_at, is_published=False, results=results)
        show_progress(Progress("publishing"))
        return finish(
            settings,
            engine,
            "increment",
            as_of,
            planned,
            started_at=started_at,
            results=results,
        )


def settled_as_of(
    earlier: RunState | None,
    published: LastPublication | None,
    as_of: datetime,
    when_earlier: EarlierAsOf,
) -> datetime:
    """The as-of of a run, given what is published. Raises WarehouseError where it would move the books back."""
    # A run that was killed after it had published has not said so in the build file.
    known = [earlier.published_as_of] if earlier else []
    known += [published.as_of] if published and published.is_current and published.as_of else []
    if not known or as_of >= max(known) or when_earlier == "rewind":
        return as_of
    if when_earlier == "keep published":
        return max(known)
    raise WarehouseError(
        f"as of {as_of:%Y-%m-%d %H:%M:%S} UTC is before what is published, as of "
        f"{max(known):%Y-%m-%d %H:%M:%S} UTC: every reader's figures would move back. Nothing was "
        "changed. Give a later --as-of, or --rewind if the books are to go back."
    )


def _report(
    as_of: datetime,
    planned: Plan,
    started_at: datetime,
    *,
    is_published: bool,
    results: list[NodeResult] | None = None,
) -> RunReport:
    return RunReport(
        run_id=new_run_id(),
        kind="increment",
        is_full_refresh=planned.is_full_refresh,
        is_published=is_published,
        as_of=as_of,
        pending=planned.pending,
        restated_count=0,
        seconds=(utc_now() - started_at).total_seconds(),
        results=results or [],
    )
