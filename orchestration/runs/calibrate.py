"""The calibration: rebuild everything beside the live tables, explain every difference, swap, publish.

The live tables are brought up to date first, and what that changes in published figures has the cause that an increment would
have given it. What the rebuilt tables then still differ in has no stated cause, unless a definition changed since the last
rebuild.
"""

import os
import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.lock import writer_lock
from ingest.foundation.progress import Progress, ShowProgress, show_nothing
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from orchestration.catalogue import project, tables
from orchestration.catalogue.tables import PublishedTable
from orchestration.catalogue.trust_codes import CAUSES
from orchestration.runs import causes, dbt, differences, loss, publish, restatements, state
from orchestration.runs.build_file import open_build
from orchestration.runs.engine import Engine, engine_of
from orchestration.runs.finish import finish
from orchestration.runs.increment import EarlierAsOf, settled_as_of
from orchestration.runs.loss import LastPublication
from orchestration.runs.plan import Plan, plan
from orchestration.runs.rebuild import begin_anew
from orchestration.runs.run import RunReport, begin, new_run_id, run_models

# Details of older calibrations are dropped; their counts stay in audit.calibration_runs.
KEPT_RUNS = 30


@dataclass(frozen=True)
class CalibrationReport:
    """What one calibration found. `differences` counts cells by cause."""

    run: RunReport
    compared_row_count: int
    table_count: int
    differences: dict[str, int]

    @property
    def unexplained_count(self) -> int:
        return self.differences.get(causes.UNEXPLAINED, 0)

    def summary(self) -> str:
        """One line for people."""
        found = ", ".join(f"{count} {cause}" for cause, count in self.differences.items() if count) or "none"
        verdict = "UNEXPLAINED DRIFT" if self.unexplained_count else "consistent"
        return (
            f"calibration {self.run.run_id}: {verdict}; {self.compared_row_count} rows of {self.table_count} tables compared, "
            f"differences: {found}; {self.run.seconds:.1f} s"
        )


def calibrate(
    settings: Settings,
    as_of: datetime | None = None,
    *,
    earlier_as_of: EarlierAsOf = "refuse",
    is_rebuild: bool = False,
    show_progress: ShowProgress = show_nothing,
) -> CalibrationReport:
    """Full refresh beside the live tables, drift report, swap, publication.

    With `is_rebuild` the live tables are given up, lost or not: the build file is begun anew from what landed, and what was
    published is what the rebuilt tables are compared with.

    A failure at any point leaves the live tables and the last publication working. Raises WarehouseError when another run
    holds the lock, dbt fails, or a block of the raw file is not what was written.
    """
    started_at = utc_now()
    as_of = as_of or settings.now()
    run_id = new_run_id()
    fresh_path = settings.build_path.parent / "calibrating" / settings.build_path.name
    stages_dir = settings.build_path.parent / "stages"
    with writer_lock(settings, "calibrate"), loss.build_failures(settings):
        publish.require_writable(settings)
        published = loss.last_publication(settings)
        loss.require_raw_file(settings)
        loss.require_whole_raw_file(settings)
        if is_rebuild:
            begin_anew(settings, published)
        loss.require_build_file(settings, published)
        _clear(fresh_path.parent, stages_dir)
        with open_build(settings) as connection:
            state.prepare(connection)
            if not is_rebuild:
                loss.require_own_publication(settings, connection, published)
            as_of = settled_as_of(state.read(connection), published, as_of, earlier_as_of)
            planned = plan(settings, connection, as_of)
            engine = engine_of(settings)
            engine.begin(connection, is_full_refresh=planned.is_full_refresh)
        for folder in (stages_dir, fresh_path.parent):
            folder.mkdir(parents=True, exist_ok=True)
        compared = _bring_live_up_to_date(
            settings,
            engine,
            as_of,
            planned,
            published,
            stages_dir=stages_dir,
            show_progress=show_progress,
        )
        state.copy_kept(settings.build_path, fresh_path)
        results = engine.build(
            fresh_path,
            dbt.variables(settings, as_of, as_of, as_of),
            full_refresh=True,
            show_progress=show_progress,
            stage="rebuilt tables",
        )
        engine.hand_over(fresh_path)
        show_progress(Progress("comparing"))
        row_count, counts = _record_drift(
            settings, fresh_path, compared, planned, run_id=run_id, as_of=as_of, started_at=started_at
        )
        os.replace(fresh_path, settings.build_path)
        show_progress(Progress("publishing"))
        run = finish(
            settings,
            engine,
            "calibration",
            as_of,
            replace(planned, is_full_refresh=True, reason="calibration"),
            started_at=started_at,
            results=results,
            run_id=run_id,
            has_drift=True,
        )
        _clear(fresh_path.parent, stages_dir)
    return CalibrationReport(run, row_count, len(_marts(settings)), counts)


@dataclass(frozen=True)
class _Compared:
    """What the rebuilt tables are compared with: `path` holds them; None where there is nothing yet.

    `closed_by` is the business date up to which figures are compared, None for all. Where it is the live tables, brought up to
    date, `on_the_way` is a file whose table `changed` holds what changed until then, with its causes.
    """

    path: Path | None
    closed_by: date | None
    on_the_way: Path | None = None

    @property
    def is_live(self) -> bool:
        return self.on_the_way is not None


def _marts(settings: Settings) -> list[PublishedTable]:
    return list(tables.marts(project.manifest_dict(settings)).values())


def _bring_live_up_to_date(
    settings: Settings,
    engine: Engine,
    as_of: datetime,
    planned: Plan,
    published: LastPublication | None,
    *,
    stages_dir: Path,
    show_progress: ShowProgress,
) -> _Compared:
    """Increment the live tables, so that what they then differ in from rebuilt ones has no other cause than a bug."""
    if planned.earlier is None or published is None or published.as_of is None:
        return _Compared(None, None)
    closed_by = restatements.business_date(settings, min(published.as_of, as_of))
    # The live tables cannot be incremented (another shape, other settings): the rebuild is the whole difference.
    cannot = _Compared(published.path, closed_by)
    if planned.is_full_refresh:
        return cannot
    with open_build(settings) as connection:
        begin(connection, planned)
    try:
        # Tests guard a publication; these tables are compared, not published.
        run_models(
            settings,
            engine,
            as_of,
            planned,
            with_tests=False,
            show_progress=show_progress,
            stage="live tables",
        )
    except dbt.DbtFailed:
        return cannot
    on_the_way = stages_dir / "changed.duckdb"
    manifest = project.manifest_dict(settings)
    marts = _marts(settings)
    with open_build(settings) as connection:
        differences.attach(connection, published.path, "published")
        restatements.find(
            connection,
            marts,
            before="published",
            after="warehouse",
            closed_by=closed_by,
            among=restatements.changes_of(manifest) if published.is_current else None,
        )
        causes.trace(connection, marts, project.model_keys(manifest))
        causes.take_causes_of_unpublished(connection)
        connection.execute(f"attach {quote_text(str(on_the_way))} as stage")
        connection.execute("create table stage.changed as from changed")
    return _Compared(settings.build_path, None, on_the_way)


def _record_drift(
    settings: Settings,
    fresh_path: Path,
    compared: _Compared,
    planned: Plan,
    *,
    run_id: str,
    as_of: datetime,
    started_at: datetime,
) -> tuple[int, dict[str, int]]:
    """Write drift and the run into the rebuilt file's audit; returns rows compared and cells by cause."""
    marts = _marts(settings)
    row_count = 0
    with open_build(settings, fresh_path) as connection:
        state.prepare(connection)
        if compared.path is not None:
            differences.attach(connection, compared.path, "earlier")
            _compare_with_rebuilt(connection, marts, compared, planned)
            if compared.on_the_way is not None:
                differences.attach(connection, compared.on_the_way, "stage")
                # What the rebuild put back to what was published is one difference: its own.
                _write_drift(
                    connection,
                    run_id,
                    "stage.changed as way where not exists (from changed as back where back.table_name = way.table_name "
                    "and back.key = way.key and back.column_name = way.column_name "
                    "and back.after_value is not distinct from way.before_value)",
                )
            _write_drift(connection, run_id, "changed")
            row_count = sum(differences.row_count(connection, "warehouse", table) for table in marts)
        counts = dict.fromkeys(CAUSES, 0) | dict(
            connection.execute(
                "select cause, count(*) from audit.calibration_drift where run_id = ? group by cause",
                [run_id],
            ).fetchall()
        )
        finished_at = utc_now()
        values: dict[str, Any] = {
            "run_id": run_id,
            "outcome": "unexplained drift" if counts[causes.UNEXPLAINED] else "consistent",
            "table_count": len(marts),
            "compared_row_count": row_count,
            "difference_count": sum(counts.values()),
            **{f"{cause}_count": counts[cause] for cause in CAUSES},
            "duration_seconds": (finished_at - started_at).total_seconds(),
            "as_of_at": as_of,
            "started_at": started_at,
            "finished_at": finished_at,
        }
        connection.execute(
            f"insert into audit.calibration_runs ({', '.join(values)}) values ({', '.join('?' for _ in values)})",
            list(values.values()),
        )
        connection.execute(
            "delete from audit.calibration_drift where run_id not in "
            "(select run_id from audit.calibration_runs order by started_at desc, run_id limit ?)",
            [KEPT_RUNS],
        )
    return row_count, counts


def _compare_with_rebuilt(
    connection: duckdb.DuckDBPyConnection, marts: list[PublishedTable], compared: _Compared, planned: Plan
) -> None:
    """Fill the temporary table `changed` with what the rebuild changed, and why."""
    connection.execute(differences.CHANGED)
    for table, value_columns in differences.common_tables(connection, marts, "earlier", "warehouse"):
        if differences.is_equal(connection, table, [*table.key, *value_columns], "earlier", "warehouse"):
            continue
        if compared.closed_by is None:
            query: str | None = (
                differences.all_cells_sql(table, value_columns, "earlier", "warehouse")
                if value_columns
                else None
            )
        else:
            query = differences.closed_cells_sql(
                table, value_columns, "earlier", "warehouse", compared.closed_by
            )
        if query is None:
            continue
        connection.execute(f"insert into changed {query}")
        cause = causes.rebuild_cause(
            is_redefined=table.name in planned.redefined,
            are_settings_changed=planned.are_settings_changed,
            # What landed is in the live tables already, if they could be brought up to date.
            is_landed=bool(planned.pending) and not compared.is_live,
            is_only_revoked=planned.is_only_revoked,
        )
        connection.execute(
            "update changed set cause = ? where table_name = ? and cause is null", [cause, table.name]
        )


def _write_drift(connection: duckdb.DuckDBPyConnection, run_id: str, changed: str) -> None:
    connection.execute(
        "insert into audit.calibration_drift (run_id, table_name, key, column_name, incremental_value, "
        "calibrated_value, cause) select ?, table_name, key, column_name, before_value, after_value, cause "
        f"from {changed}",
        [run_id],
    )


def _clear(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
