"""dbt's unit tests of the models, run once as a user would."""

import os
import subprocess
import sys
from pathlib import Path

from orchestration.catalogue.project import PROJECT_DIR


def run_unit_tests(build_path: Path, raw_path: Path, folder: Path, *options: str) -> Path:
    """Run them all; they read the columns of their inputs from a built file. Returns dbt's target folder, below `folder`.

    `options` are dbt's own, before the command. AssertionError, with what dbt said: one fails.
    """
    target = folder / "target"
    dbt = Path(sys.executable).with_name("dbt")
    run = subprocess.run(
        [dbt, *options, "test", "--select", "test_type:unit", "--project-dir", PROJECT_DIR],
        env={
            **os.environ,
            "WAREHOUSE_BUILD_PATH": str(build_path),
            "WAREHOUSE_RAW_PATH": str(raw_path),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return target
