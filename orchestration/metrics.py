"""The published measures and their definitions, read from the dbt project: one source for audit.metrics and the docs."""

from typing import Any


def metric_rows(manifest: dict[str, Any]) -> list[dict[str, str]]:
    """One row per published measure (mart column with a unit in its meta), as audit.metrics holds them."""
    rows = []
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or node["schema"] != "marts":
            continue
        for column in node["columns"].values():
            meta = column.get("config", {}).get("meta") or column.get("meta") or {}
            if "unit" in meta:
                rows.append(
                    {
                        "table_name": node["name"],
                        "column_name": column["name"],
                        "definition": column["description"],
                        **{
                            key: meta.get(key, "")
                            for key in ("unit", "date_basis", "flow_or_cohort", "label_en", "label_zh")
                        },
                    }
                )
    return rows
