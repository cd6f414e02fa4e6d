"""What the page of benchmarks makes of measurements."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.report import crossing, exponent, page, plot


def result(order_count: int, seconds: float) -> dict[str, object]:
    return {
        "order_count": order_count,
        "steps": {"landing": {"wall_seconds": seconds, "rows": 1000}},
        "crossover": [
            {"changed_row_count": 10, "ratio": 0.2},
            {"changed_row_count": 500, "ratio": 0.9},
            {"changed_row_count": 1000, "ratio": 1.1},
        ],
    }


def measured(
    order_count: int, steps: dict[str, dict[str, float]], ratios: dict[str, float] | None = None
) -> dict[str, object]:
    return {
        "order_count": order_count,
        "measured_at": "",
        "machine": {"processors": 2, "memory_gb": 1, "load_at_end": 0, "python": "", "duckdb": ""},
        "repeat": 1,
        "steps": steps,
        "sizes": {},
        "ratios": ratios or {},
        "plain_dbt": {},
        "crossover": [],
    }


@pytest.mark.parametrize(("seconds", "power"), [(100, 1), (10, 0), (1000, 2)])
def test_exponent_is_how_seconds_grow_with_orders(seconds: float, power: float) -> None:
    assert exponent(result(1000, 10), result(10_000, seconds), "landing") == pytest.approx(power)


def test_crossing_lies_between_the_points_beside_it() -> None:
    assert crossing(result(1, 1)["crossover"], 1000) == pytest.approx(0.75)


def test_no_crossing_where_the_increment_is_always_cheaper() -> None:
    assert (
        crossing([{"changed_row_count": 1, "ratio": 0.1}, {"changed_row_count": 2, "ratio": 0.99}], 2) is None
    )


def test_plot_is_an_svg_with_a_point_a_share() -> None:
    root = ElementTree.fromstring(plot(result(1, 1)))
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 3


def test_page_says_so_where_nothing_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.report.RESULTS", tmp_path)
    assert "Nothing measured yet" in page()


def test_page_shows_first_middle_and_last_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nights = [{"night": night, "increment_seconds": float(night)} for night in (1, 2, 3, 4, 5)]
    told = {"order_count": 10, "increments_a_night": 2, "nights": nights}
    (tmp_path / "nights-2.json").write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setattr("benchmarks.report.RESULTS", tmp_path)
    assert "| increment seconds | 1.00 | 3.00 | 5.00 |" in page()


def test_an_arm_left_out_of_a_size_is_a_dash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = {"wall_seconds": 1.0, "peak_mb": 10.0}
    small = measured(1, {"landing": step}, {"one day": 0.5})
    large = measured(
        2, {"landing": step, "pandas script": step}, {"one day": 0.25, "pandas script ÷ floor": 2.0}
    )
    for result in (small, large):
        (tmp_path / f"year-{result['order_count']}.json").write_text(json.dumps(result), encoding="utf-8")
    monkeypatch.setattr("benchmarks.report.RESULTS", tmp_path)
    written = page()
    assert "| pandas script ÷ floor | – | 2.00 |" in written
    assert "| pandas script | – | 1.0 (10) |" in written
    assert "| one day | 0.50 | 0.25 |" in written


def test_plain_dbt_stands_beside_the_increment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"model_seconds": 12.0, "wrong_row_count": 1234, "row_count": 50_000}
    told = measured(1, {"one day": {"wall_seconds": 9.0, "peak_mb": 10.0, "model_seconds": 6.0}})
    (tmp_path / "year-1.json").write_text(
        json.dumps({**told, "plain_dbt": {"by key": found}}), encoding="utf-8"
    )
    monkeypatch.setattr("benchmarks.report.RESULTS", tmp_path)
    written = page()
    assert "One day in plain dbt, 1 orders:" in written
    assert "| by key | 12.0 | 2.00 | 1,234 | 50,000 |" in written


def test_sqlmesh_stands_beside_plain_dbt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"model_seconds": 3.0, "wrong_row_count": 7, "row_count": 50_000, "wall_seconds": 4.0}
    told = measured(1, {"one day": {"wall_seconds": 9.0, "peak_mb": 10.0, "model_seconds": 6.0}})
    (tmp_path / "year-1.json").write_text(
        json.dumps({**told, "plain_dbt": {"SQLMesh, look-back of 3 days": found}}), encoding="utf-8"
    )
    monkeypatch.setattr("benchmarks.report.RESULTS", tmp_path)
    written = page()
    assert "One day in plain dbt and SQLMesh, 1 orders:" in written
    assert "| SQLMesh, look-back of 3 days | 3.0 | 0.50 | 7 | 50,000 |" in written


def test_a_memory_limit_and_what_disturbed_a_measurement_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = measured(1, {"one day": {"wall_seconds": 9.0, "peak_mb": 10.0}})
    limited = {**measured(10, {"one day": {"wall_seconds": 90.0, "peak_mb": 10.0}}), "memory_limit": "2GB"}
    for name, told in (("1", free), ("10-2GB", {**limited, "note": "others worked"})):
        (tmp_path / f"year-{name}.json").write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setattr("benchmarks.report.RESULTS", tmp_path)
    written = page()
    assert "| 1 orders | 10 orders in 2GB of memory |" in written
    assert "; others worked" in written
    # A limit makes another measurement of it: nothing to fit a growth through.
    assert "Seconds grow" not in written


def test_a_profile_says_where_a_run_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(seconds: float) -> dict[str, object]:
        return {
            "parts": {"publication": {"wall_seconds": 9.0, "cpu_seconds": seconds}},
            "model_count": 7,
            "test_count": 5,
            "model_cpu_seconds_by_layer": {"marts": seconds},
            "heaviest_model_cpu_seconds": {"core_daily": seconds},
        }

    calibration = {**run(3.0), "written": {"core_daily": {"counted": 1.0, "in a file": 2.0}}}
    sizes = {"2000": {"one day": run(1.0)}, "10000": {"one day": run(2.5), "calibration": calibration}}
    told = {"measured_at": "", "machine": {"load_at_end": 0}, "sizes": sizes}
    (tmp_path / "profile.json").write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setattr("benchmarks.report.RESULTS", tmp_path)
    written = page()
    assert "one day, 2,000 orders | one day, 10,000 orders | calibration, 10,000 orders |" in written
    assert "| publication | 1.0 | 2.5 | 3.0 |" in written
    assert "| of the models: marts | 1.0 | 2.5 | 3.0 |" in written
    assert "- one day, 10,000 orders: core_daily 2.5" in written
    assert "| core_daily | 1.0 | 2.0 |" in written
