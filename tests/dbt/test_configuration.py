"""A model's configuration that would be passed over in silence is a compile error naming the model (macros/configuration.sql)."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.catalogue.project import PROJECT_DIR

# Model, its config, and what dbt must say of it.
REFUSED = {
    "hook": ({"post_hook": "select 1"}, "post-hook is set, which the materialisations of this project"),
    "granted": ({"grants": {"select": ["reader"]}}, "grants is set"),
    "keyed": ({"unique_key": "paid_date"}, "unique_key is set"),
    "appended": ({"on_schema_change": "append_new_columns"}, "on_schema_change must be 'fail'"),
    "merged": ({"incremental_strategy": "merge"}, "incremental_strategy must be 'affected'"),
    "unreasoned": ({"affected_by": None}, "affected_by must list at least one reason"),
    "misspelt_kind": ({"affected_by": [{"change": "facts"}]}, "a reason is one of changes, pending, model"),
    "two_kinds": ({"affected_by": [{"changes": "facts", "model": "facts"}]}, "a reason is one of changes"),
    "misspelt_key": (
        {"affected_by": [{"changes": "facts", "colums": ["paid_date"]}]},
        "affected_by has 'colums'",
    ),
    "extra_key": ({"affected_by": [{"model": "facts", "reach_days": 2}]}, "model takes columns"),
    "unknown_model": (
        {"affected_by": [{"changes": "fact"}]},
        "'fact' in {'changes': 'fact'}, which does not exist",
    ),
    "unread_model": ({"affected_by": [{"changes": "others"}]}, "which the model does not read"),
    "unknown_feed": (
        {"affected_by": [{"pending": "payment"}]},
        "'payment' in {'pending': 'payment'}, which does not",
    ),
    "unknown_column": (
        {"affected_by": [{"changes": "facts", "columns": ["paid_at"]}]},
        "'paid_at' in {'changes': 'facts', 'columns': ['paid_at']}, which is no column of facts",
    ),
    "no_instant": ({"affected_by": [{"between_as_ofs": "facts"}]}, "without an instant"),
    "too_many_columns": (
        {"affected_by": [{"changes": "facts", "columns": ["paid_date", "platform"]}]},
        "affected_by has 2 columns",
    ),
    "reach_of_two": (
        {
            "scope_key": ["paid_date", "platform"],
            "affected_by": [{"changes": "facts", "reach_days": 3}],
        },
        "scope_key must be one date",
    ),
    "unscoped": ({"scope_key": None}, "scope_key is missing"),
    "unknown_scope": (
        {"scope_key": ["paid_at"]},
        "scope_key names 'paid_at', which is no column of the model",
    ),
}
COLUMNS = [{"name": "paid_date"}, {"name": "platform"}]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What dbt says of a project with the real macros, one good model and the refused ones."""
    project = tmp_path_factory.mktemp("refused")
    (project / "models").mkdir()
    (project / "macros").symlink_to(PROJECT_DIR / "macros")
    (project / "profiles.yml").symlink_to(PROJECT_DIR / "profiles.yml")
    settings = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    settings["models"] = {
        settings["name"]: {
            "+materialized": "incremental",
            "+incremental_strategy": "affected",
            "+on_schema_change": "fail",
            "+scope_key": ["paid_date"],
            "+affected_by": [{"changes": "facts"}],
        }
    }
    del settings["seeds"]
    (project / "dbt_project.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    described: list[dict[str, Any]] = []
    for name in ("facts", "others", "good", *REFUSED):
        is_source = name in ("facts", "others")
        sql = (
            "select date '2026-01-01' as paid_date, 'taobao' as platform"
            if is_source
            else "select * from {{ ref('facts') }}"
        )
        (project / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
        config = {"materialized": "table"} if is_source else REFUSED[name][0] if name in REFUSED else {}
        described.append({"name": name, "config": config, "columns": COLUMNS})
    (project / "models" / "models.yml").write_text(
        yaml.safe_dump({"version": 2, "models": described}), encoding="utf-8"
    )
    duckdb.connect(str(project / "raw.duckdb")).close()
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "run", "--project-dir", project],
        env={
            **os.environ,
            "WAREHOUSE_BUILD_PATH": str(project / "build.duckdb"),
            "WAREHOUSE_RAW_PATH": str(project / "raw.duckdb"),
            "DBT_PROFILES_DIR": str(project),
            "DBT_TARGET_PATH": str(project / "target"),
            "DBT_LOG_PATH": str(project / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_what_is_configured_well_is_built(run: str) -> None:
    assert f"PASS=3 WARN=0 ERROR={len(REFUSED)}" in run, run


@pytest.mark.parametrize("name", REFUSED)
def test_the_error_names_the_model_and_the_setting(name: str, run: str) -> None:
    assert f"Compilation Error in model {name} (models/{name}.sql)\n  {name}: " in run, run
    (said,) = (line for line in run.splitlines() if line.startswith(f"  {name}: "))
    assert REFUSED[name][1] in said
