"""SQLMesh in its own environment: a project's first plan, its next runs, and the marts that it then has."""

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb

from benchmarks.sqlmesh.project import DATABASE, FOLDER
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from orchestration.runs.restatements import business_date

PYTHON = Path(__file__).parents[2] / ".venv-sqlmesh" / "bin" / "python"
HOW_TO_INSTALL = ".ci/sqlmesh-environment"


@dataclass(frozen=True)
class Applied:
    """What a plan or a run took: seconds in all and of evaluating its models alone, and how many models it evaluated."""

    wall_seconds: float
    model_seconds: float
    model_count: int


def is_installed() -> bool:
    return PYTHON.exists()


def apply(step: Literal["plan", "run"], project_dir: Path, settings: Settings, as_of: datetime) -> Applied:
    """Bring a project (`write_project`) to `as_of` (UTC, naive). SystemExit: SQLMesh failed, with what it said."""
    arguments = [str(project_dir), step, f"{as_of:%Y-%m-%d %H:%M:%S.%f}", str(business_date(settings, as_of))]
    run = subprocess.run(
        [PYTHON, FOLDER / "apply.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        # SQLMesh writes a file of its own into the home folder.
        env={**os.environ, "HOME": str(project_dir)},
    )
    if run.returncode != 0:
        raise SystemExit(f"SQLMesh's {step} failed:\n{run.stderr}")
    return Applied(**json.loads(run.stdout.splitlines()[-1]))


def copy_marts(project_dir: Path, path: Path) -> None:
    """What the project's views of marts show, as tables in schema marts of a new DuckDB file."""
    path.unlink(missing_ok=True)
    with duckdb.connect(":memory:") as connection:
        file = quote_text(str(project_dir / f"{DATABASE}.duckdb"))
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {file} as {DATABASE} (read_only)")
        connection.execute(f"attach {quote_text(str(path))} as made")
        connection.execute("create schema made.marts")
        views = "select view_name from duckdb_views() where database_name = ? and schema_name = 'marts'"
        for (mart,) in fetch_rows(connection, views, [DATABASE]):
            connection.execute(f"create table made.marts.{mart} as from {DATABASE}.marts.{mart}")
