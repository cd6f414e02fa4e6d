"""The increment: bring every table up to date with what landed, then publish."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.raw.build_file import open_build
from orchestration.runs import dbt, publish, restatements, state
from orchestration.runs.state import RunState


@dataclass(frozen=True)
class RunReport:
    """What one run did. `pending` counts the rows taken up per feed; `results` are dbt's nodes."""

    run_id: str
    kind: str
    is_full_refresh: bool
    as_of: datetime
    pending: dict[str, int]
    restated_count: int
    seconds: float
    results: list[dbt.NodeResult] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Plan:
    """What an increment is about to do."""

    is_full_refresh: bool
    reason: str
    pending: dict[str, int]
    earlier: RunState | None
    attempted: RunState


def new_run_id() -> str:
    return f"{utc_now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def settings_fingerprint(settings: Settings) -> str:
    """What else the figures depend on: a change of these settings changes all history."""
    parts = (
        settings.business_time_zone,
        settings.official_rate_source,
        settings.fallback_rate_source or "",
        str(settings.stale_rate_days),
    )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def plan(settings: Settings, connection: duckdb.DuckDBPyConnection, as_of: datetime) -> Plan:
    """Decide between increment and full rebuild, and which as-ofs are affected."""
    earlier = state.read(connection)
    pending = state.pending_rows(connection)
    fingerprint = settings_fingerprint(settings)
    attempted = RunState(
        published_as_of=earlier.published_as_of if earlier else as_of,
        lowest_as_of=min(as_of, earlier.lowest_as_of) if earlier else as_of,
        highest_as_of=max(as_of, earlier.highest_as_of) if earlier else as_of,
        is_full_refresh_unfinished=False,
        settings_fingerprint=fingerprint,
    )
    reason = ""
    if earlier is None:
        reason = "first run"
    elif earlier.is_full_refresh_unfinished:
        reason = "an earlier full rebuild did not finish"
    elif earlier.settings_fingerprint != fingerprint:
        reason = "a setting that all figures depend on changed"
    elif not _tables_have_shape(settings, connection):
        reason = "tables are missing or of another shape"
    elif sum(pending.values()) > settings.full_refresh_share * state.raw_row_count(connection):
        # Past this share of history a rebuild is cheaper than following the change.
        reason = "most rows are new"
    return Plan(bool(reason), reason, pending, earlier, attempted)


def _tables_have_shape(settings: Settings, connection: duckdb.DuckDBPyConnection) -> bool:
    present = state.table_columns(connection)
    return all(
        table in present and (stated is None or sorted(present[table]) == sorted(stated))
        for table, stated in dbt.model_columns(settings).items()
    )


def increment(settings: Settings, as_of: datetime | None = None) -> RunReport:
    """Bring every table up to date with what landed, as of `as_of` (UTC, naive; default now), and publish.

    Ends exactly where a full refresh of the same raw data would (CONTRACT R18). A run that is killed or fails leaves the
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
    pending_feeds: list[str] | None = None,
    with_tests: bool = True,
) -> list[dbt.NodeResult]:
    """One dbt run on the live tables; `pending_feeds` limits whose landings are taken up (None: all)."""
    attempted = planned.attempted
    return dbt.build(
        settings,
        settings.build_path,
        dbt.variables(settings, as_of, attempted.lowest_as_of, attempted.highest_as_of, pending_feeds),
        full_refresh=planned.is_full_refresh,
        with_tests=with_tests,
    )


def finish(
    settings: Settings,
    kind: str,
    as_of: datetime,
    planned: Plan,
    *,
    started_at: datetime,
    results: list[dbt.NodeResult],
    default_cause: str,
    run_id: str | None = None,
    drift_run_id: str | None = None,
) -> RunReport:
    """Record restatements, publish, and only then move the watermarks."""
    run_id = run_id or new_run_id()
    published_at = utc_now()
    with open_build(settings) as connection:
        restated_count = restatements.record(
            settings,
            connection,
            run_id=run_id,
            restated_at=published_at,
            default_cause=default_cause,
            is_rate_pending="fx_rates" in planned.pending,
            drift_run_id=drift_run_id,
        )
        write_metrics(settings, connection)
        connection.execute(
            "insert into audit.runs values (?, ?, ?, ?, ?, ?, ?)",
            [
                run_id,
                kind,
                planned.is_full_refresh,
                sum(planned.pending.values()),
                as_of,
                started_at,
                published_at,
            ],
        )
    publish.publish(settings, settings.build_path, published_at)
    with open_build(settings) as connection:
        state.mark_published(
            connection,
            RunState(as_of, as_of, as_of, False, settings_fingerprint(settings)),
            dbt.definition_hashes(settings) if planned.is_full_refresh else None,
        )
    return RunReport(
        run_id=run_id,
        kind=kind,
        is_full_refresh=planned.is_full_refresh,
        as_of=as_of,
        pending=planned.pending,
        restated_count=restated_count,
        seconds=(utc_now() - started_at).total_seconds(),
        results=results,
    )


def write_metrics(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """Fill audit.metrics from the definitions in the dbt YAML."""
    from orchestration.catalogue.metrics import metric_rows

    columns = (
        "table_name",
        "column_name",
        "definition",
        "unit",
        "date_basis",
        "flow_or_cohort",
        "label_en",
        "label_zh",
    )
    rows = [[row[column] for column in columns] for row in metric_rows(dbt.manifest_dict(settings))]
    connection.execute("begin")
    connection.execute("delete from audit.metrics")
    if rows:
        connection.executemany("insert into audit.metrics values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute("commit")


def _cause(planned: Plan) -> str:
    if planned.is_full_refresh and planned.earlier is not None and not planned.pending:
        return "definition_change"
    if not planned.pending:
        return "as_of_moved"
    return "rate_final" if set(planned.pending) == {"fx_rates"} else "late_landing"
