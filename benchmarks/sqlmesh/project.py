"""A native SQLMesh project of the same models: the SQL that dbt compiles of them for a full refresh.

A table is of kind FULL; a mart that an increment computes by date is INCREMENTAL_BY_TIME_RANGE with a look-back, its SQL in a
filter on that date. SQLMesh counts days in UTC: a business date is told it as one of those. The as-of is a row of a table, so
that another one does not make another model of every model.
"""

import contextlib
import io
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.dbt import variables

FOLDER = Path(__file__).parent
ROOMS = ("staging", "standardised", "marts")
# The models name their database; DuckDB names one after its file.
DATABASE = "warehouse"
# The as-of that is compiled; no SQL has this text otherwise.
COMPILED_AS_OF = "the as-of"
# Before anything that happened.
START = date(2020, 1, 1)
Node = Mapping[str, Any]


@dataclass(frozen=True)
class Model:
    """A model as SQLMesh is told of it; `dated_by` is the column of its dates, None for a table that is made whole."""

    schema: str
    name: str
    sql: str
    dated_by: str | None


def compiled_models(settings: Settings, folder: Path) -> list[Model]:
    """The models as a full refresh computes them, compiled by dbt below `folder`. SystemExit: dbt cannot."""
    from dbt.cli.main import dbtRunner

    # As of any time: it is taken out again.
    now = datetime(2100, 1, 1)
    told = {**variables(settings, now, now, now), "as_of": COMPILED_AS_OF}
    arguments = [*project.NO_LOG, "--no-write-json", "compile", "--full-refresh", "--vars", json.dumps(told)]
    arguments += ["--select", *(f"path:models/{room}" for room in ROOMS)]
    folder.mkdir(parents=True)
    with (
        project.dbt_environment(folder / f"{DATABASE}.duckdb", settings.raw_path, folder / "target"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        outcome = dbtRunner().invoke(arguments)
    if not outcome.success:
        raise SystemExit(f"dbt could not compile the models: {outcome.exception}")
    return models_of(result.node.to_dict() for result in getattr(outcome.result, "results", []))


def models_of(nodes: Iterable[Node]) -> list[Model]:
    """Of dbt's nodes, the models that are computed, with their compiled SQL."""
    return [
        Model(node["schema"], node["name"], node["compiled_code"], _dated_by(node))
        for node in nodes
        if node["resource_type"] == "model" and node["schema"] in ROOMS
    ]


def _dated_by(node: Node) -> str | None:
    if node["schema"] != "marts" or node["config"]["materialized"] != "incremental":
        return None
    # A month is none of the days that SQLMesh counts here: such a mart is made whole.
    [column] = node["config"]["scope_key"]
    return str(column) if column.endswith("date") else None


def write_project(settings: Settings, folder: Path, models: Iterable[Model], look_back_days: int) -> None:
    """The project in `folder`, which has its database too: every model, the seeds they read, and the macro of the as-of.

    `look_back_days` are the days before the newest that every run computes again.
    """
    folder.mkdir(parents=True)
    connection = {
        "type": "duckdb",
        "catalogs": {
            DATABASE: str(folder / f"{DATABASE}.duckdb"),
            "landed": {"type": "duckdb", "path": str(settings.raw_path), "read_only": True},
        },
        "connector_config": {
            "TimeZone": "UTC",
            **({"memory_limit": settings.memory_limit} if settings.memory_limit else {}),
        },
    }
    told = {
        "gateways": {"local": {"connection": connection}},
        "default_gateway": "local",
        "model_defaults": {"dialect": "duckdb", "start": str(START), "cron": "@daily"},
        "disable_anonymized_analytics": True,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    shutil.copytree(FOLDER / "macros", folder / "macros")
    shutil.copytree(project.PROJECT_DIR / "seeds", folder / "seeds")
    for node in project.manifest_dict(settings)["nodes"].values():
        if node["resource_type"] == "seed":
            _write(folder, node["schema"], node["name"], _seed(node))
    for model in models:
        _write(folder, model.schema, model.name, model_text(model, look_back_days))


def _write(folder: Path, schema: str, name: str, text: str) -> None:
    file = folder / "models" / schema / f"{name}.sql"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def model_text(model: Model, look_back_days: int) -> str:
    """A model's file."""
    kind, sql = "FULL", model.sql.replace(f"'{COMPILED_AS_OF}'", "@as_of()")
    if model.dated_by:
        kind = f"INCREMENTAL_BY_TIME_RANGE (time_column {model.dated_by}, lookback {look_back_days})"
        sql = f"select * from (\n{sql}\n) as made\nwhere {model.dated_by} between @start_date and @end_date"
    return f"MODEL (name {model.schema}.{model.name}, kind {kind});\n\n{sql}\n"


def _seed(node: Node) -> str:
    columns = ", ".join(
        f"{name} {'text' if kind == 'string' else kind}"
        for name, kind in node["config"]["column_types"].items()
    )
    path = f"$root/{node['original_file_path']}"
    return f"MODEL (name {node['schema']}.{node['name']}, kind SEED (path '{path}'), columns ({columns}));\n"
