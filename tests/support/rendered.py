"""dbt run on the parsed project, and what it makes of an expression with macros."""

import contextlib
import io
import json
from typing import Any

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.build_file import open_build


def dbt_result(settings: Settings, *arguments: str) -> Any:
    """The result of a command of dbt, which must succeed."""
    from dbt.cli.main import dbtRunner

    with (
        project.dbt_environment(settings.build_path, settings.raw_path, settings.dbt_target_dir),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        outcome = dbtRunner(manifest=project.manifest(settings)).invoke(
            [*project.NO_LOG, "--no-write-json", *arguments]
        )
    assert outcome.success, outcome.exception
    return outcome.result


def rendered(settings: Settings, expression: str, **variables: Any) -> str:
    """The SQL of an expression for DuckDB, with these vars; makes an empty build in the home if there is none."""
    open_build(settings).close()
    compiled = dbt_result(settings, "compile", "--vars", json.dumps(variables), "--inline", expression)
    return str(compiled.results[0].node.compiled_code)
