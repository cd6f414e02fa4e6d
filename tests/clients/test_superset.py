"""The bundle of dashboard/superset imports into Apache Superset, and its charts return the marts' figures."""

import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dashboard.superset.bundle import identifier, write_bundle
from dashboard.superset.datasets import DATASETS, MONEY_COLUMNS
from dashboard.superset.model import PIE, TABLE, Chart
from dashboard.superset.tabs import CHARTS, TABS, TITLE
from ingest.foundation.settings import Settings
from tests.clients.clients import SUPERSET
from tests.clients.conftest import Publications
from tests.clients.running import probe

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def archive(simulated: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The files of the zip."""
    path = tmp_path_factory.mktemp("superset") / "superset.zip"
    write_bundle(simulated, path, Path("/srv/daigou/published/warehouse.duckdb"))
    with zipfile.ZipFile(path) as opened:
        return {name: yaml.safe_load(opened.read(name)) for name in opened.namelist()}


def test_every_dataset_has_the_columns_and_comments_of_its_mart(
    simulated: Settings, archive: dict[str, Any]
) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        for dataset in DATASETS:
            written = archive[f"daigou_warehouse/datasets/daigou_warehouse/{dataset.table}.yaml"]
            found = connection.execute(
                "select column_name, comment from duckdb_columns() "
                "where schema_name = 'marts' and table_name = ? order by column_index",
                [dataset.table],
            ).fetchall()
            shown = [(column["column_name"], column["description"]) for column in written["columns"]]
            assert shown == [
                *found,
                *((f"{column}_label", f"Name of {column}.") for column in dataset.labels),
            ]
            assert written["description"]
            # What Superset will ask for is there, under that name.
            asked = f"({written['sql']})" if written["sql"] else f"marts.{dataset.table}"
            described = connection.execute(f"describe select * from {asked}").fetchall()
            assert [name for name, *_ in described] == [name for name, _ in shown]


def test_charts_show_names_for_codes(simulated: Settings, archive: dict[str, Any]) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        for chart in CHARTS:
            (dataset,) = (found for found in DATASETS if found.table == chart.table)
            params = archive[f"daigou_warehouse/charts/{chart.slug}.yaml"]["params"]
            shown = [*params.get("groupby", []), *params.get("all_columns", [])]
            assert not set(dataset.labels) & set(shown), chart.slug
            for column, code_list in dataset.labels.items():
                labels = dict(
                    connection.execute(
                        "select code, label_en from audit.code_labels where code_list = ?", [code_list]
                    ).fetchall()
                )
                # Lists of closed codes name every code; those that a source may extend show such a code itself.
                for code, label in connection.execute(
                    f"select distinct {column}, {column}_label from ({dataset.sql})"
                ).fetchall():
                    assert label == labels.get(code, code)
            counts = [
                connection.execute(f"select count(*) from {source}").fetchall()[0][0]
                for source in (f"marts.{dataset.table}", f"({dataset.sql or 'from marts.' + dataset.table})")
            ]
            assert counts[0] == counts[1]


def test_every_measure_shown_has_a_label(archive: dict[str, Any]) -> None:
    unlabelled = {
        f"{dataset['table_name']}.{column['column_name']}"
        for name, dataset in archive.items()
        if "/datasets/" in name
        for column in dataset["columns"]
        if column["column_name"].endswith(("_cny", "_count")) and column["verbose_name"] is None
    }
    assert unlabelled == set()


def test_money_in_a_table_is_complete() -> None:
    for chart in CHARTS:
        shown = {*chart.columns, *chart.measures}
        if chart.kind == TABLE and "gross_paid_cny" in columns_of(chart.table) and "net_revenue_cny" in shown:
            assert set(MONEY_COLUMNS) <= shown, chart.slug


def columns_of(table: str) -> set[str]:
    (file,) = (Path(__file__).parents[2] / "dbt_project" / "models" / "marts").rglob(f"{table}.yml")
    return {column["name"] for column in yaml.safe_load(file.read_text())["models"][0]["columns"]}


def test_zip_opens_the_given_file_read_only(archive: dict[str, Any]) -> None:
    (database,) = (content for name, content in archive.items() if "/databases/" in name)
    assert database["sqlalchemy_uri"] == "duckdb:////srv/daigou/published/warehouse.duckdb"
    assert database["extra"]["engine_params"]["connect_args"] == {"read_only": True}


@pytest.mark.clients
def test_superset_imports_the_bundle_and_returns_the_marts_figures(
    publications: Publications, tmp_path: Path
) -> None:
    write_bundle(publications.settings, tmp_path / "superset.zip")
    config = tmp_path / "superset_config.py"
    config.write_text(
        f'SECRET_KEY = "{"only for this test " * 3}"\n'
        f'SQLALCHEMY_DATABASE_URI = "sqlite:///{tmp_path}/superset.db"\n',
        encoding="utf-8",
    )
    environment = {"SUPERSET_CONFIG_PATH": str(config), "SUPERSET_HOME": str(tmp_path)}

    with probe(SUPERSET, tmp_path / "superset.zip", environment) as opened:
        imported = opened.answer()
        assert_charts_equal_the_marts(imported["charts"], publications.path)
        publications.publish_next()
        opened.go_on()
        assert_charts_equal_the_marts(opened.answer()["charts"], publications.path)

    assert imported["dashboard"] == TITLE
    assert imported["tabs"] == {
        tab.title: [identifier("chart", chart.slug) for row in tab.rows for chart in row] for tab in TABS
    }


def assert_charts_equal_the_marts(charts: dict[str, list[dict[str, Any]]], path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as connection:
        for chart in CHARTS:
            shown = charts[identifier("chart", chart.slug)]
            assert shown, chart.slug
            assert comparable(shown) == comparable(expected(connection, chart)), chart.slug
        (net,) = connection.execute(
            "select sum(net_revenue_cny) from marts.core_daily where business_type = 'purchase'"
        ).fetchall()[0]
    platforms = charts[identifier("chart", "orders-platforms")]
    assert sum(Decimal(str(row["net_revenue_cny"])).quantize(CENT) for row in platforms) == net


def expected(connection: duckdb.DuckDBPyConnection, chart: Chart) -> list[dict[str, Any]]:
    """The chart's rows by a query of our own."""
    (dataset,) = (found for found in DATASETS if found.table == chart.table)
    measures = {measure.name: measure.expression for measure in dataset.measures}
    columns = [
        f"coalesce((select label_en from audit.code_labels where code_list = '{dataset.labels[column]}' "
        f"and code = {column}), {column}) as {column}_label"
        if column in dataset.labels
        else column
        for column in chart.columns
    ]
    if chart.kind not in (TABLE, PIE):
        columns.insert(0, str(dataset.date_column))
    shown = columns + [f"{measures[name]} as {name}" for name in chart.measures]
    where = " and ".join(f"{column} {operator} ?" for column, operator, _ in chart.only) or "true"
    result = connection.execute(
        f"select {', '.join(shown)} from marts.{chart.table} where {where}"
        + (
            " group by " + (", ".join(column.split(" as ")[-1] for column in columns) or "()")
            if chart.measures
            else ""
        )
        + (f" order by {chart.sort_by[0]} {'asc' if chart.sort_by[1] else 'desc'}" if chart.sort_by else "")
        + f" limit {chart.row_limit}",
        [value for *_, value in chart.only],
    )
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def comparable(rows: list[dict[str, Any]]) -> list[list[tuple[str, str]]]:
    """Rows in no order; numbers to the hundredth, dates and instants to the second."""
    return sorted(sorted((name, _text(value)) for name, value in row.items()) for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(Decimal(str(value)).quantize(CENT))
    # NaT is how Superset sends an instant that is NULL.
    if value is None or value == "NaT":
        return "NULL"
    return str(value).replace("T", " ").removesuffix(" 00:00:00").partition(".")[0]
