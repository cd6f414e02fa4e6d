"""The published measures and their definitions, read from the dbt project.

One source for audit.metrics, the data dictionary and the dashboard. A measure is a mart column whose meta
names a metric of `dbt_project/models/semantic/`; the metric holds unit, date basis and labels.
"""

from collections.abc import Iterator
from typing import Any

MARTS_SCHEMA = "marts"


def mart_models(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The marts' nodes of dbt's manifest.json, in the order of their files."""
    nodes = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    yield from sorted(
        (node for node in nodes if node["schema"] == MARTS_SCHEMA),
        key=lambda node: node["original_file_path"],
    )


def column_meta(column: dict[str, Any]) -> dict[str, Any]:
    """A column's meta, wherever this version of dbt puts it."""
    return column.get("config", {}).get("meta") or column.get("meta") or {}


def metric_rows(manifest: dict[str, Any]) -> list[dict[str, str]]:
    """One row per published measure, as audit.metrics holds them.

    Raises KeyError when a column names a metric or a definition that does not exist; the tests see to it that none does.
    """
    metrics = {metric["name"]: metric for metric in manifest["metrics"].values()}
    rows = []
    for model in mart_models(manifest):
        for column in model["columns"].values():
            name = column_meta(column).get("metric")
            if name is None:
                continue
            meta = metrics[name]["config"]["meta"]
            rows.append(
                {
                    "table_name": model["name"],
                    "column_name": column["name"],
                    "definition": column["description"],
                    "definition_zh": _chinese(manifest, column),
                    "unit": meta["unit"],
                    "date_basis": meta["date_basis"],
                    "flow_or_cohort": meta["flow_or_cohort"],
                    "label_en": meta["label_en"],
                    "label_zh": meta["label_zh"],
                }
            )
    return rows


def _chinese(manifest: dict[str, Any], column: dict[str, Any]) -> str:
    """The Chinese words of a column that is described by one docs block `x`: those of the block `x_zh`."""
    (block,) = column["doc_blocks"]
    return str(manifest["docs"][f"{block}_zh"]["block_contents"])
