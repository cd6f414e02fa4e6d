"""dbt_project/models/exposures.yml names the models that the dashboards read, no more and no fewer."""

import re
from importlib.resources import files
from typing import Any

from dashboard.superset.datasets import DATASETS
from orchestration.runs import audit


def test_operator_dashboard_depends_on_what_its_queries_read(manifest: dict[str, Any]) -> None:
    texts = [file.read_text(encoding="utf-8") for file in (files("dashboard") / "queries").iterdir()]
    # What the pages warn of.
    texts.append((files("orchestration.reading") / "trust.py").read_text(encoding="utf-8"))
    read = {table for text in texts for table in re.findall(r"\b(?:marts|audit)\.(\w+)", text)}

    # What the pipeline writes itself is no model.
    assert exposed(manifest, "operator_dashboard") == read - audit.KEPT_TABLES.keys()


def test_superset_dashboard_depends_on_its_datasets(manifest: dict[str, Any]) -> None:
    assert exposed(manifest, "superset_dashboard") == {
        "code_labels",
        *(dataset.table for dataset in DATASETS),
    }


def exposed(manifest: dict[str, Any], name: str) -> set[str]:
    (exposure,) = (found for found in manifest["exposures"].values() if found["name"] == name)
    return {manifest["nodes"][node]["name"] for node in exposure["depends_on"]["nodes"]}
