"""The bundle that Superset imports: made when asked from `datasets.py` and `tabs.py` and the words of a published file.

`warehouse dashboard --superset FILE` writes it. The identifiers are made from the names, so an import
over an earlier one replaces it.
"""

import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import yaml

from dashboard.superset.datasets import DATASETS
from dashboard.superset.model import LINE, PIE, TABLE, Chart, Dataset, Measure, Tab, label_column
from dashboard.superset.tabs import CHARTS, SLUG, TABS, TITLE
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.settings import Settings
from orchestration.reading.published import open_published

FOLDER = "daigou_warehouse"
DATABASE = "daigou_warehouse"
FORMAT_VERSION = "1.0.0"
# Superset refuses a bundle without one; it says nothing about the content.
EXPORTED_AT = "2026-01-01T00:00:00+00:00"

Words = dict[tuple[str, str], dict[str, str]]


def identifier(kind: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"daigou-warehouse/superset/{kind}/{name}"))


def write_bundle(settings: Settings, target: Path, database_path: Path | None = None) -> None:
    """Write the zip to `target`; its database is the file at `database_path`, as Superset's machine sees it
    (default: this published file).

    Raises WarehouseError when nothing is published.
    """
    with open_published(settings) as connection:
        files = bundle(connection, (database_path or settings.published_path).absolute())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{FOLDER}/{name}", text)


def bundle(connection: duckdb.DuckDBPyConnection, database_path: Path) -> dict[str, str]:
    """File name in the bundle -> its YAML, with the labels and comments of the attached publication."""
    words = _words(connection)
    files: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": FORMAT_VERSION, "type": "Dashboard", "timestamp": EXPORTED_AT},
        f"databases/{DATABASE}.yaml": _database(database_path),
    }
    for dataset in DATASETS:
        files[f"datasets/{DATABASE}/{dataset.table}.yaml"] = _dataset(connection, dataset, words)
    for chart in CHARTS:
        files[f"charts/{chart.slug}.yaml"] = _chart(chart)
    files[f"dashboards/{SLUG}.yaml"] = _dashboard()
    return {
        name: yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
        for name, content in files.items()
    }


def _words(connection: duckdb.DuckDBPyConnection) -> Words:
    """(table, column) -> label and unit, from audit.metrics."""
    rows = fetch_rows(
        connection, "select table_name, column_name, label_en, unit from published.audit.metrics"
    )
    return {(table, column): {"label": label, "unit": unit} for table, column, label, unit in rows}


def _database(path: Path) -> dict[str, Any]:
    return {
        "database_name": "Daigou warehouse",
        "sqlalchemy_uri": f"duckdb:///{path}",
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_file_upload": False,
        "extra": {
            "engine_params": {"connect_args": {"read_only": True}},
            "allows_virtual_table_explore": True,
        },
        "uuid": identifier("database", DATABASE),
        "version": FORMAT_VERSION,
    }


def _dataset(connection: duckdb.DuckDBPyConnection, dataset: Dataset, words: Words) -> dict[str, Any]:
    place = "database_name = 'published' and schema_name = 'marts' and table_name = ?"
    columns = fetch_rows(
        connection,
        f"select column_name, data_type, comment from duckdb_columns() where {place} order by column_index",
        [dataset.table],
    )
    description = fetch_value(
        connection, f"select comment from duckdb_tables() where {place}", [dataset.table]
    )
    return {
        "table_name": dataset.table,
        "main_dttm_col": dataset.date_column,
        "description": description,
        "default_endpoint": None,
        "offset": 0,
        "cache_timeout": None,
        "schema": "marts",
        "sql": dataset.sql,
        "params": None,
        "template_params": None,
        "filter_select_enabled": True,
        "fetch_values_predicate": None,
        "extra": None,
        "uuid": identifier("dataset", dataset.table),
        "metrics": [_metric(dataset.table, measure, words) for measure in dataset.measures],
        "columns": [
            *(
                _column(dataset.table, name, data_type, comment, words)
                for name, data_type, comment in columns
            ),
            *(
                _column(dataset.table, label_column(name), "VARCHAR", f"Name of {name}.", words)
                for name in dataset.labels
            ),
        ],
        "version": FORMAT_VERSION,
        "database_uuid": identifier("database", DATABASE),
    }


def _metric(table: str, measure: Measure, words: Words) -> dict[str, Any]:
    said = words.get((table, measure.label_of or ""))
    return {
        "metric_name": measure.name,
        "verbose_name": f"{said['label']} ({said['unit']})" if said else measure.name.replace("_", " "),
        "metric_type": None,
        "expression": measure.expression,
        "description": None,
        "d3format": ",.1f"
        if measure.name.endswith("_percent")
        else ",.2f"
        if measure.name.endswith("_cny")
        else ",d",
        "extra": {},
        "warning_text": None,
    }


def _column(table: str, name: str, data_type: str, comment: str | None, words: Words) -> dict[str, Any]:
    said = words.get((table, name))
    verbose_name = f"{said['label']} ({said['unit']})" if said else None
    if name.endswith(label_column("")):
        verbose_name = (
            name.removesuffix(label_column("")).removesuffix("_code").replace("_", " ").capitalize()
        )
    return {
        "column_name": name,
        "verbose_name": verbose_name,
        "is_dttm": data_type in ("DATE", "TIMESTAMP"),
        "is_active": True,
        "type": data_type,
        "groupby": True,
        "filterable": True,
        "expression": None,
        "description": comment,
        "python_date_format": None,
        "extra": {},
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "slice_name": chart.title,
        "description": None,
        "certified_by": None,
        "certification_details": None,
        "viz_type": chart.kind,
        "params": _form(chart),
        "query_context": json.dumps(query_context(chart)),
        "cache_timeout": None,
        "uuid": identifier("chart", chart.slug),
        "version": FORMAT_VERSION,
        "dataset_uuid": identifier("dataset", chart.table),
    }


def _form(chart: Chart) -> dict[str, Any]:
    """What the chart's editor shows; the browser makes its queries from it."""
    form: dict[str, Any] = {
        "viz_type": chart.kind,
        "adhoc_filters": [
            {
                "expressionType": "SIMPLE",
                "clause": "WHERE",
                "subject": column,
                "operator": operator,
                "operatorId": "EQUALS" if operator == "==" else "NOT_EQUALS",
                "comparator": value,
            }
            for column, operator, value in chart.only
        ],
        "row_limit": chart.row_limit,
        "extra_form_data": {},
    }
    if chart.kind == TABLE:
        form |= {
            "query_mode": "aggregate" if chart.measures else "raw",
            "table_timestamp_format": "smart_date",
        }
        if chart.measures:
            form |= {"groupby": _columns(chart), "metrics": list(chart.measures)}
            if chart.sort_by:
                form |= {"timeseries_limit_metric": chart.sort_by[0], "order_desc": not chart.sort_by[1]}
        else:
            form |= {"all_columns": _columns(chart)}
            if chart.sort_by:
                form |= {"order_by_cols": [json.dumps(_sort(chart))]}
    elif chart.kind == PIE:
        form |= {
            "groupby": _columns(chart),
            "metric": chart.measures[0],
            "donut": True,
            "innerRadius": 45,
            "show_legend": True,
            "label_type": "key_percent",
            "sort_by_metric": True,
        }
    else:
        form |= {
            "x_axis": _date_column(chart),
            "time_grain_sqla": "P1D",
            "metrics": list(chart.measures),
            "groupby": _columns(chart),
            "show_legend": True,
            "rich_tooltip": True,
        }
        if chart.kind != LINE:
            form["stack"] = "Stack"
    return form


def query_context(chart: Chart) -> dict[str, Any]:
    """What a report or the chart's data endpoint asks; Superset puts the dataset's number in at import."""
    columns: list[Any] = [*_columns(chart)]
    if chart.kind not in (TABLE, PIE):
        axis = _date_column(chart)
        columns.insert(
            0,
            {
                "columnType": "BASE_AXIS",
                "expressionType": "SQL",
                "label": axis,
                "sqlExpression": axis,
                "timeGrain": "P1D",
            },
        )
    query: dict[str, Any] = {
        "columns": columns,
        "metrics": list(chart.measures) or None,
        "filters": [{"col": column, "op": operator, "val": value} for column, operator, value in chart.only],
        "orderby": [_sort(chart)] if chart.sort_by else [],
        "row_limit": chart.row_limit,
        "extras": {"where": "", "having": ""},
    }
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [query],
        "form_data": _form(chart),
        "result_format": "json",
        "result_type": "full",
    }


def _dataset_of(chart: Chart) -> Dataset:
    (found,) = (dataset for dataset in DATASETS if dataset.table == chart.table)
    return found


def _columns(chart: Chart) -> list[str]:
    """The columns of a chart, labels for codes."""
    return [_dataset_of(chart).shown(column) for column in chart.columns]


def _sort(chart: Chart) -> list[Any]:
    column, is_ascending = chart.sort_by or ("", True)
    return [_dataset_of(chart).shown(column), is_ascending]


def _date_column(chart: Chart) -> str:
    name = _dataset_of(chart).date_column
    assert name is not None
    return name


def _dashboard() -> dict[str, Any]:
    return {
        "dashboard_title": TITLE,
        "description": "The four modules of the daigou warehouse, from the published file.",
        "css": "",
        "slug": SLUG,
        "certified_by": None,
        "certification_details": None,
        "published": True,
        "uuid": identifier("dashboard", SLUG),
        "position": _position(),
        "metadata": {"label_colors": {}, "color_scheme": "supersetColors", "cross_filters_enabled": True},
        "version": FORMAT_VERSION,
    }


def _position() -> dict[str, Any]:
    tabs = [f"TAB-{index}" for index in range(len(TABS))]
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["TABS-modules"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": TITLE}},
        "TABS-modules": {
            "type": "TABS",
            "id": "TABS-modules",
            "children": tabs,
            "parents": ["ROOT_ID"],
            "meta": {},
        },
    }
    for tab_id, tab in zip(tabs, TABS, strict=True):
        position |= _tab(tab_id, tab)
    return position


def _tab(tab_id: str, tab: Tab) -> dict[str, Any]:
    above = ["ROOT_ID", "TABS-modules"]
    rows = [f"ROW-{tab_id}-{index}" for index in range(len(tab.rows))]
    position: dict[str, Any] = {
        tab_id: {"type": "TAB", "id": tab_id, "children": rows, "parents": above, "meta": {"text": tab.title}}
    }
    for row_id, charts in zip(rows, tab.rows, strict=True):
        position[row_id] = {
            "type": "ROW",
            "id": row_id,
            "children": [f"CHART-{chart.slug}" for chart in charts],
            "parents": [*above, tab_id],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for chart in charts:
            position[f"CHART-{chart.slug}"] = {
                "type": "CHART",
                "id": f"CHART-{chart.slug}",
                "children": [],
                "parents": [*above, tab_id, row_id],
                "meta": {
                    "uuid": identifier("chart", chart.slug),
                    # Superset puts its own number in at import.
                    "chartId": 0,
                    "sliceName": chart.title,
                    "width": chart.width,
                    "height": 50,
                },
            }
    return position
