"""The published tables are those that the contract names, with their keys and columns."""

import re
from typing import Any

from orchestration.catalogue.project import table_keys
from tests.unit.docs.pages import ROOT

PAGE = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
TABLE = re.compile(r"^#### `(\w+)`\n\n- Key: (.*)\n- Columns: (.*)$", flags=re.M)


def promised() -> dict[str, tuple[tuple[str, ...], set[str]]]:
    """Key and columns of every mart that the contract names."""
    return {
        name: (tuple(re.findall(r"`(\w+)`", key)), set(re.findall(r"`(\w+)`", columns)))
        for name, key, columns in TABLE.findall(PAGE)
    }


def marts(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    nodes = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return {node["name"]: node for node in nodes if node["schema"] == "marts"}


def test_every_mart_is_in_the_contract_and_has_its_key(manifest: dict[str, Any]) -> None:
    keys = table_keys(manifest)
    assert len(TABLE.findall(PAGE)) == PAGE.count("\n#### ")
    assert {name: key for name, (key, _) in promised().items()} == {
        name: tuple(keys[node["unique_id"]]) for name, node in marts(manifest).items()
    }


def test_every_promised_column_is_there(manifest: dict[str, Any]) -> None:
    built = marts(manifest)
    missing = {
        name: columns - set(built[name]["columns"])
        for name, (_, columns) in promised().items()
        if name in built and columns - set(built[name]["columns"])
    }
    assert missing == {}
