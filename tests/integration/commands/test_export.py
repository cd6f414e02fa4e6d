"""`warehouse export`: the published tables as Parquet, described by a manifest."""

import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from ingest.foundation.settings import Settings
from orchestration import cli


@pytest.fixture(scope="module")
def exported(simulated: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "tables"
    assert cli.main(["export", str(folder), "--home", str(simulated.home)]) == 0
    return folder


def test_every_table_is_exported_row_for_row(simulated: Settings, exported: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{simulated.published_path}' as published (read_only)")
        names = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert {f"{schema}/{table}.parquet" for schema, table in names} == {
            str(file.relative_to(exported)) for file in exported.rglob("*.parquet")
        }
        for schema, table in names:
            there, here = f"from published.{schema}.{table}", f"from '{exported}/{schema}/{table}.parquet'"
            assert connection.execute(f"describe {here}").fetchall() == [
                (name, kind, "YES", None, None, None)
                for name, kind, *_ in connection.execute(f"describe {there}").fetchall()
            ]
            for one, other in ((there, here), (here, there)):
                assert connection.execute(f"({one}) except all ({other})").fetchall() == [], table


def test_the_manifest_describes_every_file(simulated: Settings, exported: Path) -> None:
    manifest = json.loads((exported / "manifest.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(simulated.published_path), read_only=True) as books:
        (as_of_at,) = books.execute("select distinct as_of_at from marts.core_periods").fetchall()[0]
        comments = dict(
            books.execute(
                "select column_name, comment from duckdb_columns() where table_name = 'core_daily'"
            ).fetchall()
        )
    assert manifest["as_of_at"] == f"{as_of_at.isoformat()}Z"
    for table in manifest["tables"]:
        content = (exported / table["file"]).read_bytes()
        assert table["byte_count"] == len(content)
        assert table["sha256"] == hashlib.sha256(content).hexdigest()
        assert table["row_count"] == pq.read_metadata(exported / table["file"]).num_rows
    (core_daily,) = (table for table in manifest["tables"] if table["table"] == "core_daily")
    assert {column["column"]: column["comment"] for column in core_daily["columns"]} == comments
    metadata = pq.read_schema(exported / "marts" / "core_daily.parquet").metadata
    assert metadata[b"comment"].decode() == core_daily["comment"]


def test_an_earlier_export_is_replaced(simulated: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    words = ["export", str(folder), "--home", str(simulated.home)]
    assert cli.main(words) == 0
    (folder / "marts" / "gone.parquet").touch()
    assert cli.main(words) == 0
    assert not (folder / "marts" / "gone.parquet").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


@pytest.mark.parametrize("name", ["letter.txt", "manifest.json"])
def test_a_folder_with_anything_else_is_left_alone(
    simulated: Settings, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text('{"name": "another"}')
    assert cli.main(["export", str(tmp_path), "--home", str(simulated.home)]) == 2
    assert "holds something that is no earlier export" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_without_a_publication_nothing_is_written(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", str(tmp_path / "tables"), "--home", str(settings.home)]) == 1
    assert "nothing is published yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
