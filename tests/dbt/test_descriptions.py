"""Descriptions say what they mean by themselves: they are read in tooltips, BI tools and Dagster, without the rules."""

import re
from collections.abc import Iterator
from typing import Any

import duckdb

from ingest.foundation.settings import Settings

CITATION = re.compile(r"\bR\d+\b|\bcontract\b|\bsection \d", re.IGNORECASE)


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


def test_every_comment_in_the_published_file_is_understood_without_the_rules(simulated: Settings) -> None:
    with duckdb.connect(str(simulated.published_path), read_only=True) as connection:
        comments = dict(
            connection.execute(
                "select schema_name || '.' || table_name, comment from duckdb_tables() where not internal "
                "union all select schema_name || '.' || table_name || '.' || column_name, comment "
                "from duckdb_columns() where not internal"
            ).fetchall()
        )
    assert len(comments) > 300
    assert [name for name, comment in comments.items() if not comment] == []
    assert {name: comment for name, comment in comments.items() if CITATION.search(comment)} == {}
