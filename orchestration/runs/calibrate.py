"""The calibration: rebuild everything beside the live tables, explain every difference, swap, publish.

What a landing or a moved as-of accounts for is measured, not guessed: the live tables are brought up to date in stages (the
as-of, then rates, then everything else), and what each stage changes has that stage's cause. What the rebuilt tables then
still differ in has no stated cause, unless a model's definition changed since the last rebuild.
"""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from ingest.raw.build_file import open_build
from orchestration.catalogue import project
from orchestration.catalogue.tables import MARTS
from orchestration.runs import dbt, differences, state
from orchestration.runs.finish import finish
from orchestration.runs.plan import Plan, plan
from orchestration.runs.run import RunReport, begin, new_run_id, run_models

CAUSES = ("rate_final", "late_landing", "definition_change", "as_of_moved", "unexplained")

# Details of older calibrations are dropped; their counts stay in audit.calibration_runs.
KEPT_RUNS = 30


@dataclass(frozen=True)
class CalibrationReport:
    """What one calibration found. `differences` counts cells by cause."""

    run: RunReport
    compared_row_count: int
    differences: dict[str, int]

    @property
    def unexplained_count(self) -> int:
        return self.differences.get("unexplained", 0)

    def summary(self) -> str:
        """One line for people."""
        found = ", ".join(f"{count} {cause}" for cause, count in self.differences.items() if count) or "none"
        verdict = "UNEXPLAINED DRIFT" if self.unexplained_count else "consistent"
        return (
            f"calibration {self.run.run_id}: {verdict}; {self.compared_row_count} rows of {len(MARTS)} tables compared, "
            f"differences: {found}; {self.run.seconds:.1f} s"
        )


def calibrate(settings: Settings, as_of: datetime | None = None) -> CalibrationReport:
    """Full refresh beside the live tables, drift report, swap, publication.

    A failure at any point leaves the live tables and the last publication working. Raises WarehouseError when another run
    holds the lock or dbt fails.
    """
    started_at = utc_now()
    as_of = as_of or started_at
    run_id = new_run_id()
    fresh_path = settings.build_path.parent / "calibrating" / settings.build_path.name
    stages_dir = settings.build_path.parent / "stages"
    with writer_lock(settings, "calibrate"):
        _clear(fresh_path.parent, stages_dir)
        with open_build(settings) as connection:
            state.prepare(connection)
            planned = plan(settings, connection, as_of)
        for folder in (stages_dir, fresh_path.parent):
            folder.mkdir(parents=True, exist_ok=True)
        snapshots = _bring_live_up_to_date(settings, as_of, planned, stages_dir)
        state.copy_landed(settings.build_path, fresh_path)
        results = dbt.build(
            settings, fresh_path, dbt.variables(settings, as_of, as_of, as_of), full_refresh=True
        )
        compared, counts = _record_drift(
            settings, fresh_path, snapshots, run_id=run_id, as_of=as_of, started_at=started_at
        )
        os.replace(fresh_path, settings.build_path)
        _clear(fresh_path.parent, stages_dir)
        rebuilt = Plan(True, "calibration", planned.pending, planned.earlier, planned.attempted)
        run = finish(
            settings,
            "calibration",
            as_of,
            rebuilt,
            started_at=started_at,
            results=results,
            default_cause="unexplained",
            run_id=run_id,
            drift_run_id=run_id,
        )
    return CalibrationReport(run, compared, counts)


def _bring_live_up_to_date(
    settings: Settings, as_of: datetime, planned: Plan, stages_dir: Path
) -> list[tuple[str, Path]]:
    """Increment the live tables in stages; returns (cause of what changed on the way there, snapshot) in order.

    The first snapshot is what was published. Empty when there is nothing to compare with yet.
    """
    if planned.earlier is None or not settings.published_path.exists():
        return []
    snapshots = [("", settings.published_path)]
    if planned.is_full_refresh:
        # The live tables cannot be incremented (another shape, other settings): the rebuild is the whole difference.
        return snapshots
    stages: list[tuple[str, list[str]]] = []
    if as_of != planned.earlier.published_as_of:
        stages.append(("as_of_moved", []))
    if "fx_rates" in planned.pending:
        stages.append(("rate_final", ["fx_rates"]))
    others = [feed for feed in planned.pending if feed != "fx_rates"]
    if others:
        stages.append(("late_landing", list(planned.pending)))
    with open_build(settings) as connection:
        begin(connection, planned)
    for cause, pending_feeds in stages or [("", [])]:
        try:
            # Tests guard a publication; these tables are compared, not published.
            run_models(settings, as_of, planned, pending_feeds=pending_feeds, with_tests=False)
        except dbt.DbtFailed:
            # Tables that cannot be incremented are what a rebuild is for: what it changes has no stated cause.
            break
        snapshot = stages_dir / f"{len(snapshots)}.duckdb"
        _snapshot(settings.build_path, snapshot)
        snapshots.append((cause, snapshot))
    return snapshots


def _snapshot(build_path: Path, snapshot: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        differences.attach(connection, build_path, "build")
        connection.execute(f"attach {quote_text(str(snapshot))} as snapshot")
        connection.execute("create schema snapshot.marts")
        for name in MARTS:
            connection.execute(f"create table snapshot.marts.{name} as from build.marts.{name}")


def _record_drift(
    settings: Settings,
    fresh_path: Path,
    snapshots: list[tuple[str, Path]],
    *,
    run_id: str,
    as_of: datetime,
    started_at: datetime,
) -> tuple[int, dict[str, int]]:
    """Write drift and the run into the rebuilt file's audit; returns rows compared and cells by cause."""
    current = project.definition_hashes(project.manifest_dict(settings))
    compared = 0
    with duckdb.connect(str(fresh_path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        built = dict(
            connection.execute("select model_name, definition_hash from meta.definitions").fetchall()
        )
        connection.execute(
            "create temporary table drift (table_name varchar, key varchar, row_date date, row_change varchar, "
            "column_name varchar, before_value varchar, after_value varchar, cause varchar)"
        )
        aliases = []
        for index, (_, path) in enumerate(snapshots):
            aliases.append(f"stage_{index}")
            differences.attach(connection, path, aliases[-1])
        for index, (cause, _) in enumerate(snapshots[1:], start=1):
            _compare(
                connection, aliases[index - 1], aliases[index], lambda _, cause=cause: cause or "unexplained"
            )
        if aliases:
            _compare(
                connection,
                aliases[-1],
                "warehouse",
                lambda name: "definition_change" if built.get(name) != current.get(name) else "unexplained",
            )
            compared = sum(differences.row_count(connection, "warehouse", table) for table in MARTS.values())
        connection.execute(
            "insert into audit.calibration_drift "
            "select ?, table_name, key, column_name, before_value, after_value, cause from drift",
            [run_id],
        )
        counts = dict.fromkeys(CAUSES, 0) | dict(
            connection.execute("select cause, count(*) from drift group by cause").fetchall()
        )
        finished_at = utc_now()
        connection.execute(
            "insert into audit.calibration_runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                run_id,
                "unexplained drift" if counts["unexplained"] else "consistent",
                len(MARTS),
                compared,
                sum(counts.values()),
                *(counts[cause] for cause in CAUSES),
                (finished_at - started_at).total_seconds(),
                as_of,
                started_at,
                finished_at,
            ],
        )
        connection.execute(
            "delete from audit.calibration_drift where run_id not in "
            "(select run_id from audit.calibration_runs order by started_at desc, run_id limit ?)",
            [KEPT_RUNS],
        )
    return compared, counts


def _compare(connection: duckdb.DuckDBPyConnection, before: str, after: str, cause_of: object) -> None:
    for table, value_columns in differences.common_tables(connection, before, after):
        if value_columns:
            connection.execute(
                f"insert into drift select *, {quote_text(cause_of(table.name))} "  # type: ignore[operator]
                f"from ({differences.differences_sql(table, value_columns, before, after)})"
            )


def _clear(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
