"""What a run computes: everything that can differ, and no more."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.contract.feeds import FEEDS
from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.reach import Moved, data_tests, first_part, reached

NOTHING = Moved(
    pending=(),
    has_landed=False,
    is_as_of_moved=False,
    passes_midnight=False,
    passes=lambda model, instant: False,
)
LATER = replace(NOTHING, is_as_of_moved=True)
OF_THE_LEDGER = {
    "load_batches",
    "std_feed_freshness",
    "core_freshness",
    "std_quarantine",
    "core_data_quality",
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return project.manifest_dict(Settings(home=Path(tmp_path_factory.mktemp("home"))))


def all_models(manifest: dict[str, Any]) -> set[str]:
    return {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def test_nothing_reaches_nothing(manifest: dict[str, Any]) -> None:
    assert reached(manifest, NOTHING) == []


def test_everything_reaches_every_model_and_parents_come_first(manifest: dict[str, Any]) -> None:
    moved = replace(
        LATER, pending=FEEDS, has_landed=True, passes_midnight=True, passes=lambda model, instant: True
    )
    found = reached(manifest, moved)
    assert set(found) == all_models(manifest)
    assert found.index("stg_payments") < found.index("std_money_movements") < found.index("core_daily")


@pytest.mark.parametrize("feed", FEEDS)
def test_a_feed_reaches_what_is_made_of_it(manifest: dict[str, Any], feed: str) -> None:
    found = set(reached(manifest, replace(NOTHING, pending=(feed,), has_landed=True)))
    assert {name for name in found if name.startswith("stg_")} == {
        f"stg_{feed}",
        *(["stg_user_versions"] if feed == "users" else []),
    }
    assert found >= OF_THE_LEDGER


def test_traffic_reaches_no_money(manifest: dict[str, Any]) -> None:
    found = set(reached(manifest, replace(NOTHING, pending=("traffic_daily",), has_landed=True)))
    assert "users_daily" in found
    assert not found & {"std_payments", "std_money_movements", "orders_daily"}


def test_a_refused_file_reaches_the_ledger_alone(manifest: dict[str, Any]) -> None:
    found = set(reached(manifest, replace(NOTHING, has_landed=True)))
    assert found >= OF_THE_LEDGER
    assert not found & {"std_money_movements", "orders_daily"}


def test_an_as_of_that_passes_nothing_leaves_facts_alone(manifest: dict[str, Any]) -> None:
    names = reached(manifest, LATER)
    first = first_part(manifest, names)
    assert {"std_fx_rates", "affected_orders"} <= set(first)
    assert not set(first) & {"std_money_movements", "core_periods"}
    rest = set(reached(manifest, replace(LATER, unchanged=first)))
    assert {"core_periods", "core_hourly"} <= rest
    assert not rest & {"std_payments", "std_money_movements", "core_daily", "orders_cohort_daily"}
    # They ask for the business date of the as-of alone.
    assert not rest & {"std_calendar", "users_geography", "users_cohort_monthly", "forwarding_routes"}


def test_an_as_of_that_passes_an_instant_reaches_what_waited_for_it(manifest: dict[str, Any]) -> None:
    passing = replace(LATER, passes=lambda model, instant: (model, instant) == ("stg_users", "registered_at"))
    found = set(
        reached(manifest, replace(passing, unchanged=first_part(manifest, reached(manifest, passing))))
    )
    assert {"std_users", "users_daily", "users_conversion_daily"} <= found
    assert "std_settlements" not in found


def test_at_midnight_windows_move_and_cohorts_mature(manifest: dict[str, Any]) -> None:
    quiet = set(reached(manifest, replace(LATER, unchanged=first_part(manifest, reached(manifest, LATER)))))
    later = replace(LATER, passes_midnight=True)
    found = set(reached(manifest, replace(later, unchanged=first_part(manifest, reached(manifest, later)))))
    assert found - quiet == {
        "orders_cohort_daily",
        "orders_conversion_daily",
        "forwarding_transit_daily",
        "users_conversion_daily",
        "forwarding_routes",
        "users_geography",
        "users_cohort_monthly",
    }
    assert "std_calendar" in reached(manifest, later)


def test_data_tests_are_those_that_read_what_was_computed(manifest: dict[str, Any]) -> None:
    names = data_tests(manifest, ["users_daily"])
    assert "dates_are_dense" in names
    assert any(name.startswith("key_is_unique_users_daily") for name in names)
    assert not any(name.startswith("key_is_unique_orders_daily") for name in names)
