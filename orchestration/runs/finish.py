"""The end of a run: restatements, measures, the publication, and only then the watermarks."""

from datetime import datetime

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.settings import Settings
from ingest.raw.build_file import open_build
from orchestration.catalogue import project
from orchestration.catalogue.metrics import metric_rows
from orchestration.runs import dbt, publish, restatements, state
from orchestration.runs.plan import Plan
from orchestration.runs.run import RunReport, new_run_id
from orchestration.runs.state import RunState


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
    manifest = project.manifest_dict(settings)
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
        _write_metrics(connection, metric_rows(manifest))
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
            RunState(as_of, as_of, as_of, False, dbt.settings_fingerprint(settings)),
            project.definition_hashes(manifest) if planned.is_full_refresh else None,
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


_METRIC_COLUMNS = (
    "table_name",
    "column_name",
    "definition",
    "unit",
    "date_basis",
    "flow_or_cohort",
    "label_en",
    "label_zh",
)


def _write_metrics(connection: duckdb.DuckDBPyConnection, metrics: list[dict[str, str]]) -> None:
    """Fill audit.metrics with the definitions of the dbt project."""
    rows = [[metric[column] for column in _METRIC_COLUMNS] for metric in metrics]
    connection.execute("begin")
    connection.execute("delete from audit.metrics")
    if rows:
        connection.executemany("insert into audit.metrics values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute("commit")
