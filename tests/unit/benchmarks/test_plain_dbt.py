"""The look-back of the benchmarks: the project that it runs, and what it is found to leave wrong."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from benchmarks.plain_dbt.plain_dbt import REBUILT, REPLACED, write_project
from benchmarks.year import rows_left_wrong

ROWS = "('2026-09-01', 1, false), ('2026-09-02', 2, false), ('2026-09-03', 3, false)"


def marts_file(path: Path, rows: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.orders_daily as select cast(d as date) as business_date, n as order_count, m as is_mature "
            f"from (values {rows}) as rows (d, n, m)"
        )
    return path


def test_project_has_each_macro_once_and_tables_before_the_marts(tmp_path: Path) -> None:
    write_project(tmp_path / "plain")
    macros = "".join(
        file.read_text(encoding="utf-8") for file in (tmp_path / "plain" / "macros").glob("*.sql")
    )
    assert [macros.count(f"macro {name}") for name in REPLACED] == [1] * len(REPLACED)
    models = yaml.safe_load((tmp_path / "plain" / "dbt_project.yml").read_text(encoding="utf-8"))["models"]
    assert {models["daigou_warehouse"][room]["+materialized"] for room in REBUILT} == {"table"}
    assert models["daigou_warehouse"]["+materialized"] == "incremental"


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
