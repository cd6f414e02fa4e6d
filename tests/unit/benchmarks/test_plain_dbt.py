"""Plain dbt in the benchmarks: the projects that it runs, and what it is found to leave wrong."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from benchmarks.left_wrong import rows_left_wrong
from benchmarks.plain_dbt.plain_dbt import AFFECTED, FOLDER, REBUILT, REPLACED, Strategy, write_project

ROWS = "('2026-09-01', 1, false), ('2026-09-02', 2, false), ('2026-09-03', 3, false)"


def marts_file(path: Path, rows: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.orders_daily as select cast(d as date) as business_date, n as order_count, m as is_mature "
            f"from (values {rows}) as rows (d, n, m)"
        )
    return path


@pytest.mark.parametrize("strategy", list(REPLACED))
def test_project_has_each_macro_once(tmp_path: Path, strategy: Strategy) -> None:
    write_project(tmp_path / "plain", strategy)
    macros = "".join(
        file.read_text(encoding="utf-8") for file in (tmp_path / "plain" / "macros").glob("*.sql")
    )
    assert {name: macros.count(f"macro {name}") for name in REPLACED[strategy]} == dict.fromkeys(
        REPLACED[strategy], 1
    )


def test_look_back_rebuilds_the_tables_before_the_marts(tmp_path: Path) -> None:
    write_project(tmp_path / "plain", "look_back")
    models = yaml.safe_load((tmp_path / "plain" / "dbt_project.yml").read_text(encoding="utf-8"))["models"]
    assert {models["daigou_warehouse"][room]["+materialized"] for room in REBUILT} == {"table"}
    assert models["daigou_warehouse"]["+materialized"] == "incremental"


def test_by_key_follows_what_landed_alone(tmp_path: Path) -> None:
    write_project(tmp_path / "plain", "by_key")
    for model in AFFECTED:
        (found,) = (tmp_path / "plain" / "models").rglob(f"{model}.sql")
        assert found.read_text(encoding="utf-8") == (FOLDER / "by_key" / f"{model}.sql").read_text(
            encoding="utf-8"
        )


def test_every_row_is_judged_where_no_day_was_computed_again(tmp_path: Path) -> None:
    made = marts_file(tmp_path / "made.duckdb", ROWS)
    published = marts_file(tmp_path / "published.duckdb", ROWS.replace("3, false", "4, false"))
    assert rows_left_wrong(made, published) == (1, 3)


def test_older_rows_that_differ_are_left_wrong_but_for_their_maturity(tmp_path: Path) -> None:
    looked_back = marts_file(tmp_path / "looked.duckdb", ROWS)
    published = marts_file(
        tmp_path / "published.duckdb",
        "('2026-09-01', 9, false), ('2026-09-02', 2, true), ('2026-09-03', 3, false)",
    )
    assert rows_left_wrong(looked_back, published, date(2026, 9, 3)) == (1, 2)


def test_a_row_of_the_days_computed_again_must_be_the_publications(tmp_path: Path) -> None:
    looked_back = marts_file(tmp_path / "looked.duckdb", ROWS)
    published = marts_file(tmp_path / "published.duckdb", ROWS.replace("3, false", "4, false"))
    with pytest.raises(SystemExit, match="orders_daily"):
        rows_left_wrong(looked_back, published, date(2026, 9, 3))
