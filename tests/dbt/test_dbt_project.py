"""The dbt project itself: it parses without a warning, its unit tests pass, and everything is described."""

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import Settings
from orchestration.catalogue.project import PROJECT_DIR
from tests.support.dbt_unit_tests import run_unit_tests

PLAIN_TYPES = ("bigint", "decimal", "date", "timestamp", "varchar", "double", "boolean")
LAYERS_UNDER_CONTRACT = {"standardised", "marts", "audit"}


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


# dbt-core 1.12 says of every cumulative metric that its second parser, which is off, would write it in another form.
WARNINGS_ARE_ERRORS = '{"error": "all", "silence": ["MFConverterIssue"]}'


def test_project_parses_without_a_warning_and_its_unit_tests_pass(
    simulated: Settings, tmp_path: Path
) -> None:
    """One dbt start for both; unit tests read the columns of their inputs from a built file."""
    build_path = tmp_path / simulated.build_path.name
    shutil.copy(simulated.build_path, build_path)
    options = ("--warn-error-options", WARNINGS_ARE_ERRORS)
    target = run_unit_tests(build_path, simulated.raw_path, tmp_path, *options)
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    written = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["unit_tests"]
    assert {result["unique_id"] for result in results} == set(written) != set()
    assert {result["status"] for result in results} == {"pass"}


def test_every_model_and_column_is_described(manifest: dict[str, Any]) -> None:
    described = [model for model in models(manifest) if model["schema"] != "changes"]
    for model in described:
        assert model["description"].endswith("."), model["name"]
        assert model["columns"], model["name"]
        for column in model["columns"].values():
            assert column["description"].endswith("."), f"{model['name']}.{column['name']}"


def test_every_macro_and_argument_is_described(manifest: dict[str, Any]) -> None:
    for macro in manifest["macros"].values():
        is_internal = "__" in macro["name"] or macro["name"].startswith(("materialization_", "test_"))
        if macro["package_name"] != "daigou_warehouse" or is_internal:
            continue
        assert macro["description"].endswith("."), macro["name"]
        signature = re.search(rf"macro {macro['name']}\((.*?)\)", macro["macro_sql"])
        assert signature is not None, macro["name"]
        taken = [part.partition("=")[0].strip() for part in signature[1].split(",") if part.strip()]
        assert [argument["name"] for argument in macro["arguments"]] == taken, macro["name"]
        assert all(argument["description"].endswith(".") for argument in macro["arguments"]), macro["name"]


def test_published_layers_have_enforced_contracts_of_plain_types(manifest: dict[str, Any]) -> None:
    for model in models(manifest):
        if model["schema"] not in LAYERS_UNDER_CONTRACT:
            continue
        assert model["contract"]["enforced"], model["name"]
        for column in model["columns"].values():
            assert column["data_type"].startswith(PLAIN_TYPES), f"{model['name']}.{column['name']}"


def test_every_table_under_contract_has_a_tested_key(manifest: dict[str, Any]) -> None:
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if (node.get("test_metadata") or {}).get("name") == "key_is_unique"
    }
    untested = {
        model["unique_id"]
        for model in models(manifest)
        if model["schema"] in LAYERS_UNDER_CONTRACT and model["unique_id"] not in tested
    }
    assert untested == set()


def test_descriptions_are_the_comments_of_tables_and_columns(
    simulated: Settings, manifest: dict[str, Any]
) -> None:
    with duckdb.connect(str(simulated.build_path), read_only=True) as connection:
        tables = dict(
            connection.execute(
                "select schema_name || '.' || table_name, comment from duckdb_tables()"
            ).fetchall()
        )
        columns = dict(
            connection.execute(
                "select schema_name || '.' || table_name || '.' || column_name, comment from duckdb_columns()"
            ).fetchall()
        )
    for model in models(manifest):
        if model["schema"] not in LAYERS_UNDER_CONTRACT:
            continue
        name = f"{model['schema']}.{model['name']}"
        assert tables[name] == model["description"], name
        for column in model["columns"].values():
            assert columns[f"{name}.{column['name']}"] == column["description"], f"{name}.{column['name']}"


def test_closed_codes_are_labelled_in_both_languages() -> None:
    def seed(name: str) -> list[dict[str, str]]:
        with (PROJECT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    labels = {
        (row["code_list"], row["code"]) for row in seed("code_labels") if row["label_en"] and row["label_zh"]
    }
    lists = {
        ("purchase_orders", "platform"): "platform",
        ("purchase_orders", "status"): "purchase_order_status",
        ("forwarding_orders", "status"): "forwarding_order_status",
        ("service_orders", "status"): "service_order_status",
        ("payments", "method"): "payment_method",
    }
    codes = {
        (lists[row["feed"], row["column_name"]], row["code"])
        for row in seed("code_lists")
        if (row["feed"], row["column_name"]) in lists
    }
    codes |= {("component", row["component"]) for row in seed("components")}
    codes |= {("business_type", row["business_type"]) for row in seed("business_types")}
    codes |= {("feed", feed) for feed in FEEDS}
    assert codes - labels == set()
