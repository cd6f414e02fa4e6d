"""What dbt makes of an expression with macros."""

import contextlib
import io
import json
from typing import Any

from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.build_file import open_build


def rendered(settings: Settings, expression: str, **variables: Any) -> str:
    """The SQL of an expression for DuckDB, with these vars; makes an empty build in the home if there is none."""
    from dbt.cli.main import dbtRunner

    open_build(settings).close()
    with (
        project.dbt_environment(settings.build_path, settings.raw_path, settings.dbt_target_dir),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        compiled = dbtRunner(manifest=project.manifest(settings)).invoke(
            [
                *project.NO_LOG,
                "--no-write-json",
                "compile",
                "--vars",
                json.dumps(variables),
                "--inline",
                expression,
            ]
        )
    assert compiled.success, compiled.exception
    return str(compiled.result.results[0].node.compiled_code)
