"""The same models in plain dbt's most common incremental strategy: facts rebuilt, of what is dated only the last days.

The project is copied; in the copy the tables before the marts are plain tables, and look_back.sql takes the place of the
affected set.
"""

import contextlib
import io
import json
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.build_file import open_build
from orchestration.runs.dbt import variables
from orchestration.runs.restatements import business_date

MACROS = Path(__file__).parent / "look_back.sql"
REPLACED = (
    "affected_places()",
    "get_scope_sql(target_relation)",
    "get_affected_sql(target_relation, compiled_code)",
)
REBUILT = ("staging", "standardised")
MODELS = (*REBUILT, "marts")
# They say what an increment computes again; a rebuilt table asks nobody.
NOT_PLAIN = ("affected_orders", "affected_positions")


def write_project(folder: Path) -> None:
    """The plain project in `folder`. ValueError: a macro that it replaces is not in the project any more."""
    shutil.copytree(project.PROJECT_DIR, folder, ignore=shutil.ignore_patterns("target", "logs"))
    settings_file, macros_file = folder / "dbt_project.yml", folder / "macros" / "affected.sql"
    told = yaml.safe_load(settings_file.read_text(encoding="utf-8"))
    for room in REBUILT:
        told["models"]["daigou_warehouse"][room]["+materialized"] = "table"
    settings_file.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    macros = macros_file.read_text(encoding="utf-8")
    for name in REPLACED:
        if macros.count(f"macro {name}") != 1:
            raise ValueError(f"{macros_file.name} has no macro {name}")
        macros = macros.replace(f"macro {name}", f"macro replaced_{name}")
    macros_file.write_text(macros, encoding="utf-8")
    shutil.copyfile(MACROS, folder / "macros" / MACROS.name)


def run_look_back(
    project_dir: Path, settings: Settings, build_path: Path, as_of: datetime, first_date: date
) -> float:
    """Bring `build_path`, a build file of an earlier as-of, to `as_of` (UTC, naive); seconds of its models.

    Of what is dated, `first_date` and later are computed again. SystemExit: a model failed.
    """
    from dbt.cli.main import dbtRunner

    last_date = business_date(settings, as_of)
    look_back = {"look_back_from": str(first_date), "look_back_to": str(last_date)}
    given = {**variables(settings, as_of, as_of, as_of), **look_back}
    arguments = [*project.NO_LOG, "--no-write-json", "run", "--vars", json.dumps(given)]
    arguments += ["--select", *(f"path:models/{room}" for room in MODELS)]
    arguments += ["--exclude", *NOT_PLAIN]
    # Given as arguments: the environment names the warehouse's own project.
    arguments += ["--project-dir", str(project_dir), "--profiles-dir", str(project_dir)]
    # A connection held meanwhile makes opening the file for every node nearly free, as in the warehouse's own runs.
    with (
        open_build(settings, build_path),
        project.dbt_environment(build_path, settings.raw_path, project_dir / "target"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        outcome = dbtRunner().invoke(arguments)
    results: list[Any] = list(getattr(outcome.result, "results", []))
    failed = [result for result in results if result.status != "success"]
    if failed or not results:
        raise SystemExit(f"the look-back failed: {failed[0].message if failed else outcome.exception}")
    return float(sum(result.execution_time for result in results))
