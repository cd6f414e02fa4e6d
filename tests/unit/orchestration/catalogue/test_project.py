"""Where dbt may write: nowhere beside a project that belongs to somebody else."""

import os
from pathlib import Path

from orchestration.catalogue.project import PROJECT_DIR, dbt_environment


def test_dbt_writes_below_its_target_only(tmp_path: Path) -> None:
    with dbt_environment(tmp_path / "build.duckdb", tmp_path / "raw.duckdb", tmp_path / "target"):
        places = [Path(os.environ[name]) for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH", "HOME")]
    assert all(place.is_relative_to(tmp_path / "target") for place in places)
    assert not any(place.is_relative_to(PROJECT_DIR) for place in places)
