"""What the page of Spark makes of measurements."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import spark_page


def year(fixed: float, rows: int) -> dict[str, Any]:
    """Both engines, of which Spark costs ten times as much: `fixed` and 100 seconds a million rows."""

    def steps(times: float) -> dict[str, Any]:
        def cost(seconds: float, row_count: int) -> dict[str, float]:
            return {"wall_seconds": 1.0, "processor_seconds": seconds * times, "rows": row_count}

        return {
            "everything": cost(fixed + rows / 10_000, rows),
            "one payment": cost(fixed, 1),
            "a twentieth of the payments": cost(fixed + 4, 2001),
        }

    return {"duckdb": steps(0.1), "spark": steps(1)}


def test_fixed_costs_and_those_of_a_row_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "machine": {"processors": 2, "memory_gb": 8, "load_at_end": 1},
        "years": {"100000": year(50, 600_000), "1000000": year(50, 6_000_000)},
    }
    monkeypatch.setattr(spark_page, "RESULTS", tmp_path / "spark.json")
    (tmp_path / "spark.json").write_text(json.dumps(told), encoding="utf-8")
    page = spark_page.page()
    assert "| 1,000,000 orders | 5.0 | 0.20 | 50.0 | 2.00 |" in page
    assert "DuckDB 5 seconds of the processor and 10 more a million rows" in page
    assert "Spark 50 seconds of the processor and 100 more a million rows" in page
    # 580 million rows at 100 seconds a million, and 50.
    assert "| 100,000,000 | 580 M | 1.6 | 16.1 | 4.0 |" in page


def test_a_step_that_was_not_measured_is_a_dash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = year(50, 600_000)
    del half["spark"]["one payment"]
    told = {"machine": {"processors": 2, "memory_gb": 8, "load_at_end": 1}, "years": {"100000": half}}
    monkeypatch.setattr(spark_page, "RESULTS", tmp_path / "spark.json")
    (tmp_path / "spark.json").write_text(json.dumps(told), encoding="utf-8")
    assert "| 100,000 orders | 5.0 | 0.20 | – | – |" in spark_page.page()
