"""One definition per metric: MetricFlow's answers are the marts' figures, and every measure has a metric."""

import argparse
import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from metricflow_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest

from ingest.foundation.settings import Settings
from orchestration.catalogue.metrics import column_meta, mart_models, metric_rows
from orchestration.catalogue.project import PROJECT_DIR, parse_dir
from tests.support.published_tables import MARTS
from tests.support.semantic_answers import Key, MetricFlow

UNITS = {"CNY", "CNY per unit", "count", "g", "ratio", "days", "hours", "foreign", "rank"}
KINDS = {"flow", "cohort", "level"}
DATE_KEYS = {"business_date", "shipped_date", "created_date", "registered_date"}
# Money of all types is in one fact: these marts are of one type of it.
BUSINESS_TYPES = {
    "orders_daily": "purchase",
    "forwarding_daily": "forwarding",
    "forwarding_channel_share_daily": "forwarding",
    "forwarding_routes": "forwarding",
    "services_daily": "service",
}
RECENT_DAYS = timedelta(days=30)
NUMERIC = ("bigint", "decimal", "double")


def measures(manifest: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    for model in mart_models(manifest):
        for column in model["columns"].values():
            if "metric" in column_meta(column):
                yield model["name"], column["name"], column_meta(column)


@pytest.fixture(scope="module")
def metricflow(simulated: Settings, manifest: dict[str, Any]) -> Iterator[MetricFlow]:
    engine = MetricFlow(parse_dir(simulated) / "semantic_manifest.json", simulated.build_path)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def marts(simulated: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(simulated.build_path), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def today(marts: duckdb.DuckDBPyConnection) -> date:
    return marts.execute("select max(business_date) from marts.core_daily").fetchone()[0]


def figures(
    connection: duckdb.DuckDBPyConnection, mart: str, column: str, where: str = "true"
) -> dict[Key, Any]:
    key = MARTS[mart].key
    rows = connection.execute(f"select {', '.join(key)}, {column} from marts.{mart} where {where}").fetchall()
    return {tuple(row[:-1]): row[-1] for row in rows}


def group_by(metricflow: MetricFlow, metric: str, key: tuple[str, ...]) -> list[str]:
    return [
        "metric_time__day"
        if name in DATE_KEYS
        else "metric_time__month"
        if name in ("cohort_month", "month")
        else metricflow.dimension(metric, name)
        for name in key
    ]


def differences(
    expected: dict[Key, Any], answered: dict[Key, Any], tolerance: float = 1e-9
) -> dict[Key, Any]:
    """Groups whose figures differ. A quiet group may be missing on one side and 0 or unknown on the other."""
    answered = {
        tuple(part.date() if isinstance(part, datetime) else part for part in key): answered[key]
        for key in answered
    }
    return {
        key: (expected.get(key), answered.get(key))
        for key in expected.keys() | answered.keys()
        if not _equal(expected.get(key), answered.get(key), key in expected and key in answered, tolerance)
    }


def _equal(expected: Any, answered: Any, is_on_both_sides: bool, tolerance: float) -> bool:
    if expected is None or answered is None:
        return expected == answered if is_on_both_sides else not (expected or answered)
    if isinstance(expected, float) or isinstance(answered, float):
        return abs(float(expected) - float(answered)) <= tolerance
    return bool(expected == answered)


def answers_of_mart(
    metricflow: MetricFlow, mart: str, metric: str, today: date, key: tuple[str, ...] | None = None
) -> dict[Key, Any]:
    """The metric at the mart's grain, of its business type and within its window."""
    where, between = [], None
    if mart in BUSINESS_TYPES and metricflow.has_dimension(metric, "movement__business_type"):
        where = [f"{{{{ Dimension('movement__business_type') }}}} = '{BUSINESS_TYPES[mart]}'"]
    if mart == "forwarding_routes" and not metricflow.has_dimension(metric, "route__as_of_date"):
        between = (_midnight(today - RECENT_DAYS + timedelta(days=1)), _midnight(today))
    return metricflow.answer(metric, group_by(metricflow, metric, key or MARTS[mart].key), where, between)


def rounding_of_the_mart(metric: str) -> float:
    """Half of the last decimal of what only the mart rounds: a quotient of money, percentiles."""
    if metric == "freight_per_kg_cny":
        return 0.00501
    return 0.0000501 if metric.endswith(("_p50", "_p90")) else 1e-9


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def test_every_numeric_mart_column_outside_the_key_is_a_defined_metric(manifest: dict[str, Any]) -> None:
    metrics = {metric["name"] for metric in manifest["metrics"].values()}
    undefined = [
        f"{model['name']}.{column['name']}"
        for model in mart_models(manifest)
        for column in model["columns"].values()
        if column["data_type"].startswith(NUMERIC)
        and column["name"] not in MARTS[model["name"]].key
        and column_meta(column).get("metric") not in metrics
    ]
    assert undefined == []


def test_metrics_are_labelled_in_both_languages_with_unit_and_basis(manifest: dict[str, Any]) -> None:
    for metric in manifest["metrics"].values():
        meta = metric["config"]["meta"]
        assert set(meta) == {"unit", "date_basis", "flow_or_cohort", "label_en", "label_zh"}, metric["name"]
        assert meta["unit"] in UNITS, metric["name"]
        assert meta["flow_or_cohort"] in KINDS, metric["name"]
        assert meta["label_en"] == metric["label"], metric["name"]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in meta["label_zh"]), metric["name"]
        assert metric["description"].endswith("."), metric["name"]


def test_every_published_measure_has_one_definition(manifest: dict[str, Any]) -> None:
    rows = metric_rows(manifest)
    assert (
        len({(row["table_name"], row["column_name"]) for row in rows})
        == len(rows)
        == len(list(measures(manifest)))
    )
    assert all(value for row in rows for value in row.values())
    descriptions = {metric["name"]: metric["description"] for metric in manifest["metrics"].values()}
    by_column = {(mart, column): meta["metric"] for mart, column, meta in measures(manifest)}
    assert all(
        row["definition"] == descriptions[by_column[row["table_name"], row["column_name"]]] for row in rows
    )


def test_semantic_models_are_valid(simulated: Settings, manifest: dict[str, Any]) -> None:
    text = (parse_dir(simulated) / "semantic_manifest.json").read_text(encoding="utf-8")
    results = SemanticManifestValidator().validate_semantic_manifest(
        parse_manifest_from_dbt_generated_manifest(text)
    )
    assert [issue.as_readable_str() for issue in results.errors] == []


def test_metricflow_answers_every_metric(metricflow: MetricFlow, manifest: dict[str, Any]) -> None:
    for metric in manifest["metrics"].values():
        assert metricflow.answer(metric["name"], ["metric_time__month"]) != {}, metric["name"]


@pytest.mark.parametrize(
    "mart", sorted(set(MARTS) - {"core_daily", "core_periods", "core_hourly", "core_freshness"})
)
def test_metricflow_answers_the_figures_of_the_mart(
    mart: str, metricflow: MetricFlow, marts: duckdb.DuckDBPyConnection, manifest: dict[str, Any], today: date
) -> None:
    columns = [(column, meta["metric"]) for table, column, meta in measures(manifest) if table == mart]
    assert columns
    for column, metric in columns:
        tolerance = rounding_of_the_mart(metric)
        expected = figures(marts, mart, column)
        assert any(expected.values()), f"{mart}.{column} has no figure to compare"
        assert differences(expected, answers_of_mart(metricflow, mart, metric, today), tolerance) == {}, (
            column
        )


def test_metricflow_answers_the_figures_of_core_daily(
    metricflow: MetricFlow, marts: duckdb.DuckDBPyConnection, manifest: dict[str, Any], today: date
) -> None:
    for mart, column, meta in measures(manifest):
        if mart != "core_daily":
            continue
        of_all = {
            (day, "all"): value
            for (day,), value in answers_of_mart(
                metricflow, mart, meta["metric"], today, ("business_date",)
            ).items()
        }
        assert differences(figures(marts, mart, column, "business_type = 'all'"), of_all) == {}, column
        of_type = answers_of_mart(metricflow, mart, meta.get("metric_of_type", meta["metric"]), today)
        of_type = {key: value for key, value in of_type.items() if key[1] != "all"}
        assert differences(figures(marts, mart, column, "business_type <> 'all'"), of_type) == {}, column


def test_metricflow_answers_the_figures_of_core_periods(
    metricflow: MetricFlow, marts: duckdb.DuckDBPyConnection, manifest: dict[str, Any]
) -> None:
    periods = marts.execute(
        "select distinct period, period_start_date, period_end_date from marts.core_periods order by period"
    ).fetchall()
    assert len(periods) == 4
    for mart, column, meta in measures(manifest):
        if mart != "core_periods":
            continue
        if column.startswith("previous_"):
            answered = metricflow.answer(
                meta["metric"], group_by(metricflow, meta["metric"], MARTS[mart].key)
            )
            assert differences(figures(marts, mart, column), answered) == {}, column
            continue
        for period, first, last in periods:
            between = (_midnight(first), _midnight(last))
            of_all = metricflow.answer(meta["metric"], [], between=between)
            expected = figures(marts, mart, column, f"period = '{period}'")
            assert expected[period, "all"] == (of_all[()] or 0), (column, period)
            metric = meta.get("metric_of_type", meta["metric"])
            of_type = metricflow.answer(
                metric, group_by(metricflow, metric, ("business_type",)), between=between
            )
            of_type = {(period, *key): value for key, value in of_type.items() if key != ("all",)}
            del expected[period, "all"]
            assert differences(expected, of_type) == {}, (column, period)


def test_metricflow_answers_the_money_of_the_hours_by_day(
    metricflow: MetricFlow, marts: duckdb.DuckDBPyConnection, manifest: dict[str, Any]
) -> None:
    first, last = marts.execute(
        "select min(business_date), max(business_date) from marts.core_hourly"
    ).fetchall()[0]
    columns = {column: meta["metric"] for mart, column, meta in measures(manifest) if mart == "core_hourly"}
    assert {"gross_paid_cny", "net_revenue_cny", "paid_order_count", "paying_user_count"} <= set(columns)
    for column, metric in columns.items():
        if not column.endswith("_cny"):
            continue
        of_days = marts.execute(
            f"select business_date, sum({column}) from marts.core_hourly where business_type = 'all' group by 1"
        ).fetchall()
        answered = metricflow.answer(
            metric, ["metric_time__day"], between=(_midnight(first), _midnight(last))
        )
        assert differences({(day,): value for day, value in of_days}, answered) == {}, column


PAGE = PROJECT_DIR.parent / "docs" / "semantic-layer.md"
QUESTION = re.compile(r"^## (.+?)\n.*?```sh\nmf (.+?)\n```\n+```sql\n(.+?)```", re.M | re.S)


@pytest.mark.parametrize(
    ("words", "sql"),
    [pytest.param(*found[1:], id=found[0]) for found in QUESTION.findall(PAGE.read_text("utf-8"))],
)
def test_the_page_of_the_semantic_layer_asks_what_its_queries_answer(
    metricflow: MetricFlow, marts: duckdb.DuckDBPyConnection, words: str, sql: str
) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("query")
    for option in ("--metrics", "--group-by", "--where"):
        parser.add_argument(option)
    asked = parser.parse_args(shlex.split(words))
    answered = metricflow.answer(
        asked.metrics, asked.group_by.split(","), [asked.where] if asked.where else []
    )
    expected = {tuple(row[:-1]): row[-1] for row in marts.execute(sql).fetchall()}
    assert len(expected) > 1
    assert differences(expected, answered) == {}


def test_every_question_of_the_page_is_asked() -> None:
    assert len(QUESTION.findall(PAGE.read_text("utf-8"))) == PAGE.read_text("utf-8").count("\n## ") == 4


def test_mf_command_answers(simulated: Settings, manifest: dict[str, Any], tmp_path: Path) -> None:
    """As a user types it, on a project folder whose `target` holds the semantic manifest."""
    for entry in PROJECT_DIR.iterdir():
        if entry.name not in ("target", "logs"):
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "target").symlink_to(parse_dir(simulated))
    # `mf` opens the file to write, and other tests read it meanwhile.
    build_path = tmp_path / simulated.build_path.name
    shutil.copy(simulated.build_path, build_path)
    answer = tmp_path / "answer.csv"
    mf = Path(sys.executable).with_name("mf")
    environment = {
        "WAREHOUSE_BUILD_PATH": str(build_path),
        "WAREHOUSE_RAW_PATH": str(simulated.raw_path),
        "DBT_PROJECT_DIR": str(tmp_path),
        "DBT_PROFILES_DIR": str(tmp_path),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }
    run = subprocess.run(
        [
            mf,
            "query",
            "--metrics",
            "net_revenue_cny",
            "--group-by",
            "movement__business_type",
            "--csv",
            answer,
        ],
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    with duckdb.connect(str(simulated.build_path), read_only=True) as connection:
        expected = connection.execute(
            "select business_type, sum(net_revenue_cny) from marts.core_daily "
            "where business_type <> 'all' group by business_type"
        ).fetchall()
    with answer.open(encoding="utf-8", newline="") as stream:
        answered = {row["movement__business_type"]: row["net_revenue_cny"] for row in csv.DictReader(stream)}
    assert {name: round(Decimal(value), 2) for name, value in answered.items()} == dict(expected)


def test_users_are_counted_distinct_over_other_grains(
    metricflow: MetricFlow, marts: duckdb.DuckDBPyConnection
) -> None:
    by_month = metricflow.answer("paying_user_count", ["metric_time__month"])
    of_days = marts.execute(
        "select date_trunc('month', business_date), sum(paying_user_count) from marts.users_daily group by 1"
    ).fetchall()
    distinct = marts.execute(
        "select date_trunc('month', business_date), count(distinct user_id) "
        "from standardised.std_money_movements where movement_type = 'payment' group by 1"
    ).fetchall()
    assert {key: value for (key,), value in by_month.items()} == {
        datetime.combine(month, time()): count for month, count in distinct
    }
    assert sum(by_month.values()) < sum(Decimal(count) for _, count in of_days)
