"""Descriptions say what they mean by themselves: they are read in tooltips, BI tools and Dagster, without the rules."""

import re
from collections.abc import Iterator
from typing import Any

CITATION = re.compile(r"\bR\d+\b|\b[Cc]ontract\b|CONTRACT|\bsection \d")


def described(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, description) of all that a reader meets: tables, columns, metrics, exposures."""
    nodes = [
        node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed", "snapshot")
    ]
    for node in [*nodes, *manifest["sources"].values()]:
        yield node["name"], node["description"]
        for column in node["columns"].values():
            yield f"{node['name']}.{column['name']}", column["description"]
    for kind in ("metrics", "semantic_models", "exposures", "saved_queries"):
        for node in manifest[kind].values():
            yield f"{kind} {node['name']}", node.get("description") or ""


def test_no_description_cites_a_rule(manifest: dict[str, Any]) -> None:
    found = dict(described(manifest))
    assert len(found) > 500
    assert {name: text for name, text in found.items() if CITATION.search(text)} == {}
