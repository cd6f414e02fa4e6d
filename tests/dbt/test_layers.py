"""Who may read whom, and what every model says first: the order of the layers holds."""

import re
from typing import Any

import pytest

# Raw beside the feeds: the ledger of landings and what landing refused.
LEDGERS = {"source.daigou_warehouse.raw.batches", "source.daigou_warehouse.raw.quarantine"}
# A staging model that is not named for its feed: attributes of the moment need every version, not the current one.
FEEDS = {"stg_user_versions": "users"}
SEED = "seed.daigou_warehouse."
MODEL = "model.daigou_warehouse."


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The models by folder."""
    found: dict[str, list[dict[str, Any]]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            found.setdefault(node["fqn"][1], []).append(node)
    return found


def reads(model: dict[str, Any]) -> set[str]:
    return set(model["depends_on"]["nodes"])


def test_every_model_is_in_a_layer(models: dict[str, list[dict[str, Any]]]) -> None:
    assert set(models) == {"staging", "standardised", "marts", "audit"}


def test_staging_reads_its_feed_and_joins_nothing(models: dict[str, list[dict[str, Any]]]) -> None:
    for model in models["staging"]:
        assert model["name"].startswith("stg_")
        feed = FEEDS.get(model["name"], model["name"].removeprefix("stg_"))
        # The ledger says which landings are withdrawn.
        beside = {"source.daigou_warehouse.raw.batches"}
        assert reads(model) - beside == {f"source.daigou_warehouse.raw.{feed}"}, model["name"]
        assert not re.search(r"\bjoin\b", model["raw_code"], re.IGNORECASE), model["name"]


def test_standardised_reads_staging_itself_and_the_ledgers(models: dict[str, list[dict[str, Any]]]) -> None:
    allowed = (f"{MODEL}stg_", f"{MODEL}std_", f"{MODEL}affected_", SEED)
    for model in models["standardised"]:
        # The quarantine tells of values that staging has masked, so it alone looks at the feeds themselves.
        beside = ("source.daigou_warehouse.raw.",) if model["name"] == "std_quarantine" else ()
        assert {name for name in reads(model) if not name.startswith(allowed + beside)} <= LEDGERS, model[
            "name"
        ]


def test_marts_read_standardised_and_seeds_only(models: dict[str, list[dict[str, Any]]]) -> None:
    for model in models["marts"]:
        assert all(name.startswith((f"{MODEL}std_", SEED)) for name in reads(model)), model["name"]


def test_audit_reads_standardised_and_the_ledger_of_landings(models: dict[str, list[dict[str, Any]]]) -> None:
    ledgers = ("source.daigou_warehouse.raw.batches", "source.daigou_warehouse.raw.revocations")
    allowed = (f"{MODEL}std_", SEED, *ledgers)
    for model in models["audit"]:
        assert all(name.startswith(allowed) for name in reads(model)), model["name"]


def test_every_model_says_its_grain_first(models: dict[str, list[dict[str, Any]]]) -> None:
    for model in (model for layer in models.values() for model in layer):
        assert model["raw_code"].startswith("-- Grain: one row per "), model["name"]
        assert model["schema"] == "changes" or "ne row per " in model["description"], model["name"]


def test_every_model_and_its_unit_tests_stand_side_by_side(manifest: dict[str, Any]) -> None:
    folders = {
        node["name"]: node["original_file_path"].rpartition("/")[0]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    for test in manifest["unit_tests"].values():
        assert test["original_file_path"] == f"{folders[test['model']]}/{test['model']}_unit_tests.yml"
