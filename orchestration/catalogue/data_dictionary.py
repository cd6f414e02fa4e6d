"""docs/data-dictionary.md: every word in it stands in the YAML beside the models."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ingest.foundation.settings import Settings
from orchestration.catalogue.metrics import mart_models, metric_rows
from orchestration.catalogue.project import manifest_dict, table_keys

MODULES = {
    "core_overview": "Core Overview",
    "order_operations": "Order Operations",
    "logistics_forwarding": "Logistics & Forwarding",
    "user_growth": "User Growth",
}


def of_project() -> str:
    """Markdown: a section a module, a table a published table, from the project as it stands."""
    with tempfile.TemporaryDirectory() as folder:
        return render(manifest_dict(Settings(home=Path(folder))))


def render(manifest: dict[str, Any]) -> str:
    """The same from dbt's manifest.json."""
    return "\n".join(_lines(manifest))


def _lines(manifest: dict[str, Any]) -> Iterator[str]:
    keys = table_keys(manifest)
    measures = {(row["table_name"], row["column_name"]): row for row in metric_rows(manifest)}
    for folder, title in MODULES.items():
        yield f"## {title}\n"
        for model in mart_models(manifest):
            if folder in model["fqn"]:
                yield from _table(model, keys.get(model["unique_id"], ()), measures)
    yield "## Audit\n"
    yield "Tables that dbt makes; those of the calibration describe themselves in their comments.\n"
    for node in _sorted(
        node
        for node in manifest["nodes"].values()
        if node["schema"] == "audit" and node["resource_type"] in ("model", "seed")
    ):
        yield from _table(node, keys.get(node["unique_id"], ()), measures)
    yield "## Standardised\n"
    yield "The facts and dimensions behind the marts, in the private build file.\n"
    yield "| table | key | what a row is |"
    yield "|---|---|---|"
    for node in _sorted(
        node
        for node in manifest["nodes"].values()
        if node["schema"] == "standardised" and node["resource_type"] == "model"
    ):
        key = ", ".join(f"`{column}`" for column in keys.get(node["unique_id"], ()))
        yield f"| `{node['name']}` | {key} | {_cell(node['description'])} |"
    yield ""


def _table(
    node: dict[str, Any], key: tuple[str, ...], measures: dict[tuple[str, str], dict[str, str]]
) -> Iterator[str]:
    yield f"### {node['schema']}.{node['name']}\n"
    yield f"{node['description'].strip()}\n"
    yield f"Key: {', '.join(f'`{column}`' for column in key)}\n"
    has_measures = any(table == node["name"] for table, _ in measures)
    if has_measures:
        yield "| column | type | meaning | unit | dated by | kind | shown as |"
        yield "|---|---|---|---|---|---|---|"
    else:
        yield "| column | type | meaning |"
        yield "|---|---|---|"
    for column in node["columns"].values():
        cells = [f"`{column['name']}`", _type(node, column), _cell(column["description"])]
        if has_measures:
            row = measures.get((node["name"], column["name"]))
            cells += (
                [
                    row["unit"],
                    row["date_basis"],
                    row["flow_or_cohort"],
                    f"{row['label_en']} / {row['label_zh']}",
                ]
                if row
                else [""] * 4
            )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _type(node: dict[str, Any], column: dict[str, Any]) -> str:
    declared = column.get("data_type") or node["config"].get("column_types", {}).get(column["name"], "")
    # Seeds name text as every engine knows it.
    return "varchar" if declared == "string" else declared


def _sorted(nodes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(nodes, key=lambda node: node["name"])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
