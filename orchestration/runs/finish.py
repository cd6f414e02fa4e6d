"""The end of a run: restatements, measures, the publication, and only then the watermarks."""

from datetime import datetime

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_value
from ingest.foundation.version import program_version
from orchestration.catalogue import project, tables
from orchestration.catalogue.metrics import metric_rows
from orchestration.runs import audit, causes, dbt, differences, loss, publish, restatements, state
from orchestration.runs.build_file import open_build
from orchestration.runs.engine import Engine
from orchestration.runs.plan import Plan
from orchestration.runs.run import RunReport, new_run_id
from orchestration.runs.state import RunState


def finish(
    settings: Settings,
    engine: Engine,
    kind: str,
    as_of: datetime,
    planned: Plan,
    *,
    started_at: datetime,
    results: list[dbt.NodeResult],
    run_id: str | None = None,
    has_drift: bool = False,
) -> RunReport:
    """Record restatements, publish, and only then move the watermarks.

    With `has_drift` the causes are those that this run wrote to audit.calibration_drift.
    """
    run_id = run_id or new_run_id()
    published_at = utc_now()
    manifest = project.manifest_dict(settings)
    with open_build(settings) as connection:
        state.prepare(connection)
        restated_count = _restate(
            settings, connection, as_of, planned, run_id=run_id, at=published_at, has_drift=has_drift
        )
        _write_metrics(connection, metric_rows(manifest))
        values: dict[str, str | int | bool | datetime] = {
            "run_id": run_id,
            "kind": kind,
            "is_full_refresh": planned.is_full_refresh,
            "pending_row_count": sum(planned.pending.values()),
            "as_of_at": as_of,
            "started_at": started_at,
            "published_at": published_at,
            "program_version": program_version(),
        }
        connection.execute(
            f"insert into audit.runs ({', '.join(values)}) values ({', '.join(map(quote_value, values.values()))})"
        )
    damaged = publish.publish(settings, settings.build_path, published_at, is_anew=planned.is_full_refresh)
    with open_build(settings) as connection:
        engine.settle(connection, is_anew=planned.is_full_refresh)
        state.mark_published(
            connection,
            RunState(as_of, as_of, as_of, False, dbt.settings_fingerprint(settings)),
            project.definition_hashes(manifest) if planned.is_full_refresh else None,
        )
    return RunReport(
        run_id=run_id,
        kind=kind,
        is_full_refresh=planned.is_full_refresh,
        is_published=True,
        as_of=as_of,
        pending=planned.pending,
        restated_count=restated_count,
        seconds=(utc_now() - started_at).total_seconds(),
        results=results,
        damaged_path=damaged,
    )


def _restate(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    planned: Plan,
    *,
    run_id: str,
    at: datetime,
    has_drift: bool,
) -> int:
    """Compare the last publication with the build file, find the causes, and write audit.restatements."""
    published = loss.last_publication(settings)
    if published is None or published.as_of is None:
        return 0
    manifest = project.manifest_dict(settings)
    marts = list(tables.marts(manifest).values())
    differences.attach(connection, published.path, "published")
    try:
        restatements.find(
            connection,
            marts,
            before="published",
            after="warehouse",
            closed_by=restatements.business_date(settings, min(published.as_of, as_of)),
            among=restatements.changes_of(manifest)
            if published.is_current and not planned.is_full_refresh
            else None,
        )
        if has_drift:
            _take_causes_of_drift(connection, run_id)
        elif planned.is_full_refresh:
            for table in marts:
                connection.execute(
                    "update changed set cause = ? where table_name = ?",
                    [_rebuild_cause(planned, table.name), table.name],
                )
        else:
            causes.trace(connection, marts, project.model_keys(manifest))
            causes.take_causes_of_unpublished(connection)
        kept = set(audit.KEPT_TABLES["restatements"].columns)
        is_like_published = kept == set(state.columns_of(connection, "published", "audit", "restatements"))
        return restatements.record(
            connection,
            "published.audit.restatements" if is_like_published else "audit.restatements",
            run_id=run_id,
            restated_at=at,
        )
    finally:
        connection.execute("detach published")


def _rebuild_cause(planned: Plan, table: str) -> str:
    return causes.rebuild_cause(
        is_redefined=table in planned.redefined,
        are_settings_changed=planned.are_settings_changed,
        is_landed=bool(planned.pending),
        is_only_revoked=planned.is_only_revoked,
    )


def _take_causes_of_drift(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """A figure that changed on the way and again by the rebuild has the cause of the rebuild, written last."""
    connection.execute(f"update changed set cause = '{causes.UNEXPLAINED}'")
    connection.execute(
        """
        update changed set cause = drift.cause
        from (
            select table_name, key, column_name, max_by(cause, rowid) as cause
            from audit.calibration_drift where run_id = ? group by all
        ) as drift
        where changed.table_name = drift.table_name and changed.key = drift.key
            and changed.column_name = drift.column_name
        """,
        [run_id],
    )


_METRIC_COLUMNS = tuple(audit.KEPT_TABLES["metrics"].columns)


def _write_metrics(connection: duckdb.DuckDBPyConnection, metrics: list[dict[str, str]]) -> None:
    """Fill audit.metrics with the definitions of the dbt project."""
    rows = [tuple(metric[column] for column in _METRIC_COLUMNS) for metric in metrics]
    columns = ", ".join(_METRIC_COLUMNS)
    if rows == fetch_rows(connection, f"select {columns} from audit.metrics order by rowid"):
        return
    connection.execute("begin")
    connection.execute("delete from audit.metrics")
    for row in rows:
        connection.execute(
            f"insert into audit.metrics ({columns}) values ({', '.join(map(quote_value, row))})"
        )
    connection.execute("commit")
