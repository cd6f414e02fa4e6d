"""SQLMesh in the benchmarks: the project that is written of the models, and what is said where SQLMesh is not there."""

from pathlib import Path

import pytest
import yaml

from benchmarks import year
from benchmarks.sqlmesh import arm
from benchmarks.sqlmesh.project import COMPILED_AS_OF, ROOMS, Model, model_text, models_of, write_project
from ingest.foundation.settings import Settings
from orchestration.catalogue import project

MODELS = project.PROJECT_DIR / "models"
# They say what an increment of ours computes.
NOT_COMPUTED = {"affected_orders", "affected_positions"}


@pytest.fixture
def written(tmp_path: Path, settings: Settings) -> Path:
    """A project with a look-back of 7 days, of the models' SQL before dbt compiles it."""
    nodes = project.manifest_dict(settings)["nodes"].values()
    models = models_of({**node, "compiled_code": node.get("raw_code", "")} for node in nodes)
    write_project(settings, tmp_path / "project", models, 7)
    return tmp_path / "project"


@pytest.mark.parametrize("room", ROOMS)
def test_every_model_is_in_the_project(written: Path, room: str) -> None:
    ours = {file.stem for file in (MODELS / room).rglob("*.sql")} - NOT_COMPUTED
    assert {file.stem for file in (written / "models" / room).iterdir()} == ours


def test_marts_are_filtered_by_their_date_or_made_whole(written: Path) -> None:
    for file in (MODELS / "marts").rglob("*.sql"):
        text = (written / "models" / "marts" / file.name).read_text(encoding="utf-8")
        kind = text.split(", kind ")[1].split(");\n")[0]
        # A month is no day.
        if "materialized='table'" in file.read_text(encoding="utf-8") or file.stem == "users_monthly":
            assert (file.stem, kind) == (file.stem, "FULL")
            assert "@start_date" not in text
        else:
            assert kind.startswith("INCREMENTAL_BY_TIME_RANGE (time_column "), file.stem
            assert kind.endswith("_date, lookback 7)"), file.stem
            column = kind.split()[2].rstrip(",")
            assert text.endswith(f"as made\nwhere {column} between @start_date and @end_date\n"), file.stem


def test_facts_are_made_whole(written: Path) -> None:
    for room in ("staging", "standardised"):
        for file in (written / "models" / room).iterdir():
            assert f"MODEL (name {room}.{file.stem}, kind FULL);" in file.read_text(encoding="utf-8")


def test_the_as_of_is_asked_for_when_a_model_runs() -> None:
    text = model_text(
        Model("marts", "one", f"select cast('{COMPILED_AS_OF}' as timestamp) as at", dated_by=None), 3
    )
    assert text == "MODEL (name marts.one, kind FULL);\n\nselect cast(@as_of() as timestamp) as at\n"


def test_raw_is_attached_for_reading_and_the_memory_limit_holds(tmp_path: Path, settings: Settings) -> None:
    limited = settings.model_copy(update={"memory_limit": "2GB"})
    write_project(limited, tmp_path / "project", [], 3)
    told = yaml.safe_load((tmp_path / "project" / "config.yaml").read_text(encoding="utf-8"))
    connection = told["gateways"]["local"]["connection"]
    assert connection["catalogs"]["landed"] == {
        "type": "duckdb",
        "path": str(settings.raw_path),
        "read_only": True,
    }
    assert connection["connector_config"] == {"TimeZone": "UTC", "memory_limit": "2GB"}


def test_a_missing_environment_is_said_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(arm, "PYTHON", tmp_path / "none" / "python")
    monkeypatch.setattr("sys.argv", ["year", "10", "--without", "postgres"])
    with pytest.raises(SystemExit, match="2"):
        year.main()
    last = capsys.readouterr().err.splitlines()[-1]
    assert "SQLMesh is not installed: .ci/sqlmesh-environment makes its environment" in last
