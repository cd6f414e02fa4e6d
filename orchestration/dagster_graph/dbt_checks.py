"""dbt's data tests as asset checks.

Every event costs Dagster milliseconds, and every cycle pays it: the tests written in a model's YAML are one
check of the model, `data_tests`; a test with a file of its own, which states a rule over several models, is a
check by its own name.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    MetadataValue,
    TableRecord,
)

from orchestration.runs.dbt import NodeResult

DATA_TESTS = "data_tests"


@dataclass(frozen=True)
class DbtChecks:
    """Which check each data test belongs to, by the test's unique id."""

    specs: list[AssetCheckSpec]
    check_of: dict[str, AssetCheckKey]

    def results(
        self, nodes: Iterable[NodeResult], selected: Set[AssetCheckKey] | None = None
    ) -> Iterator[AssetCheckResult]:
        """One result per check (among `selected`) of which any test ran."""
        ran: dict[AssetCheckKey, list[NodeResult]] = {}
        for node in nodes:
            if node.unique_id in self.check_of and node.status != "skipped":
                ran.setdefault(self.check_of[node.unique_id], []).append(node)
        for check, tests in ran.items():
            if selected is None or check in selected:
                yield _result(check, tests)


def _result(check: AssetCheckKey, tests: list[NodeResult]) -> AssetCheckResult:
    failed = [test for test in tests if test.status != "pass"]
    is_only_warning = all(test.status == "warn" for test in failed)
    return AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=not failed,
        severity=AssetCheckSeverity.WARN if failed and is_only_warning else AssetCheckSeverity.ERROR,
        description="; ".join(f"{_name(test)}: {test.message}" for test in failed) or None,
        metadata={
            "tests": MetadataValue.table(
                [
                    TableRecord(
                        {
                            "test": _name(test),
                            "status": test.status,
                            "failures": test.failures or 0,
                            "seconds": round(test.seconds, 3),
                        }
                    )
                    for test in tests
                ]
            )
        },
    )


def _name(test: NodeResult) -> str:
    return test.unique_id.split(".")[2]


def dbt_checks(manifest: Mapping[str, Any], key_of: Mapping[str, AssetKey]) -> DbtChecks:
    """The checks of the data tests in the manifest; `key_of` gives a node's asset by its unique id.

    A test that reads several models, or none, says which it is about by
    config(meta={'dagster': {'ref': {'name': 'MODEL'}}}); one that does not is no check but stops a run.
    """
    specs: dict[AssetCheckKey, AssetCheckSpec] = {}
    check_of: dict[str, AssetCheckKey] = {}
    for unique_id, test in manifest["nodes"].items():
        if test["resource_type"] != "test":
            continue
        asset_key = key_of.get(_tested_node(manifest, test) or "")
        if asset_key is None:
            continue
        is_generic = bool(test.get("test_metadata"))
        check = AssetCheckKey(asset_key, DATA_TESTS if is_generic else test["name"])
        check_of[unique_id] = check
        specs.setdefault(
            check,
            AssetCheckSpec(
                check.name,
                asset=check.asset_key,
                description="The data tests in the model's YAML."
                if is_generic
                else _opening_comment(test["raw_code"]),
            ),
        )
    return DbtChecks(list(specs.values()), check_of)


def _tested_node(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str | None:
    named = test["config"].get("meta", {}).get("dagster", {}).get("ref", {}).get("name")
    if named:
        return f"model.{manifest['metadata']['project_name']}.{named}"
    read = [node for node in test["depends_on"]["nodes"] if node.startswith("model.")]
    return test.get("attached_node") or (read[0] if len(read) == 1 else None)


def _opening_comment(sql: str) -> str:
    """What a test says of itself in the comment it begins with."""
    lines = []
    for line in sql.strip().splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)
