"""The same models in plain dbt's most common incremental strategies.

The project is copied and its affected set replaced. By look-back, facts are rebuilt and of what is dated only the last days are
computed again; by key, every table takes up the keys that landed or changed in what it is made of.
"""

import contextlib
import io
import json
import shutil
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.build_file import open_build
from orchestration.runs.dbt import variables
from orchestration.runs.restatements import business_date

Strategy = Literal["look_back", "by_key"]
FOLDER = Path(__file__).parent
# What each strategy has in place of the project's macros of the same names.
REPLACED: Mapping[Strategy, tuple[str, ...]] = {
    "look_back": (
        "affected_places()",
        "get_scope_sql(target_relation)",
        "get_affected_sql(target_relation, compiled_code)",
    ),
    "by_key": ("affected_places()",),
}
REBUILT = ("staging", "standardised")
MODELS = (*REBUILT, "marts")
# They say what an increment computes again; a rebuilt table asks nobody.
AFFECTED = ("affected_orders", "affected_positions")


def write_project(folder: Path, strategy: Strategy) -> None:
    """The plain project in `folder`. ValueError: what it replaces is not in the project any more."""
    shutil.copytree(project.PROJECT_DIR, folder, ignore=shutil.ignore_patterns("target", "logs"))
    macros_file = folder / "macros" / "affected.sql"
    macros = macros_file.read_text(encoding="utf-8")
    for name in REPLACED[strategy]:
        if macros.count(f"macro {name}") != 1:
            raise ValueError(f"{macros_file.name} has no macro {name}")
        macros = macros.replace(f"macro {name}", f"macro replaced_{name}")
    macros_file.write_text(macros, encoding="utf-8")
    shutil.copyfile(FOLDER / f"{strategy}.sql", folder / "macros" / f"{strategy}.sql")
    if strategy == "look_back":
        _rebuild_facts(folder / "dbt_project.yml")
    else:
        for model in AFFECTED:
            _replace_model(folder, FOLDER / strategy / f"{model}.sql")


def _rebuild_facts(settings_file: Path) -> None:
    told = yaml.safe_load(settings_file.read_text(encoding="utf-8"))
    for room in REBUILT:
        told["models"]["daigou_warehouse"][room]["+materialized"] = "table"
    settings_file.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")


def _replace_model(folder: Path, model: Path) -> None:
    found = list((folder / "models").rglob(model.name))
    if len(found) != 1:
        raise ValueError(f"the project has no model {model.stem}")
    shutil.copyfile(model, found[0])


def look_back_variables(settings: Settings, as_of: datetime, first_date: date) -> dict[str, str]:
    """What a look-back is told: of what is dated, `first_date` and later are computed again."""
    return {"look_back_from": str(first_date), "look_back_to": str(business_date(settings, as_of))}


def run_plain_dbt(
    project_dir: Path,
    settings: Settings,
    build_path: Path,
    as_of: datetime,
    told: Mapping[str, str],
) -> float:
    """Bring `build_path`, a build file of an earlier as-of, to `as_of` (UTC, naive); seconds of its models.

    `told` are the strategy's own variables. SystemExit: a model failed.
    """
    from dbt.cli.main import dbtRunner

    given = {**variables(settings, as_of, as_of, as_of), **told}
    arguments = [*project.NO_LOG, "--no-write-json", "run", "--vars", json.dumps(given)]
    arguments += ["--select", *(f"path:models/{room}" for room in MODELS)]
    if told:
        arguments += ["--exclude", *AFFECTED]
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
        raise SystemExit(f"plain dbt failed: {failed[0].message if failed else outcome.exception}")
    return float(sum(result.execution_time for result in results))
