"""Runs dbt in process: the project is parsed once, then every run starts from that manifest."""

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings

PROJECT_DIR = Path(__file__).resolve().parents[2] / "dbt_project"

# Formatting log lines nobody reads costs a tenth of a run: what failed is in the results.
_NO_LOG = ("--log-level", "none", "--log-level-file", "none")
_ANY_BUILD = Path("/nonexistent/warehouse.duckdb")


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or test. `seconds` is its own time, `message` what dbt says of a failure."""

    unique_id: str
    status: str
    seconds: float
    message: str
    failures: int | None


class DbtFailed(WarehouseError):
    """A model or a data test failed; `results` are all nodes of the run."""

    def __init__(self, message: str, results: list[NodeResult]) -> None:
        super().__init__(message)
        self.results = results


def timestamp_text(instant: datetime) -> str:
    """A UTC instant as the models read it."""
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")


def variables(
    settings: Settings,
    as_of: datetime,
    lowest_as_of: datetime,
    highest_as_of: datetime,
    pending_feeds: list[str] | None = None,
) -> dict[str, Any]:
    """dbt's --vars of one run. `pending_feeds` limits whose landings are taken up (None: all)."""
    given: dict[str, Any] = {
        "business_time_zone": settings.business_time_zone,
        "official_rate_source": settings.official_rate_source,
        "fallback_rate_source": settings.fallback_rate_source or "",
        "stale_rate_days": settings.stale_rate_days,
        "as_of": timestamp_text(as_of),
        "as_of_low": timestamp_text(lowest_as_of),
        "as_of_high": timestamp_text(highest_as_of),
    }
    if pending_feeds is not None:
        given["pending_feeds"] = pending_feeds
    return given


@contextlib.contextmanager
def _environment(build_path: Path, target_dir: Path) -> Iterator[None]:
    given = {
        "WAREHOUSE_BUILD_PATH": str(build_path),
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(target_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@cache
def _parse(target_dir: Path) -> Any:
    from dbt.cli.main import dbtRunner

    # The same path for every home, or dbt takes the saved parse for another project's.
    with _environment(_ANY_BUILD, target_dir), contextlib.redirect_stdout(io.StringIO()):
        result = dbtRunner().invoke([*_NO_LOG, "parse"])
    if not result.success or result.result is None:
        raise WarehouseError(
            f"The dbt project in {PROJECT_DIR} cannot be parsed: {result.exception}\n"
            "Nothing was run; the last publication stands. Correct the file that dbt names and run again."
        )
    return result.result


@cache
def _parsed_as_dict(target_dir: Path) -> dict[str, Any]:
    return _parse(target_dir).writable_manifest().to_dict(omit_none=False)


def parse_dir(settings: Settings) -> Path:
    """Where the parsed project stands: manifest.json, semantic_manifest.json, and what the next parse starts from."""
    # Beside the project, where dbt keeps a saved parse for all homes; in the home where the project cannot be written.
    return PROJECT_DIR / "target" if os.access(PROJECT_DIR, os.W_OK) else settings.dbt_target_dir


def manifest(settings: Settings) -> Any:
    """The parsed project (dbt's Manifest), made once a process. Raises WarehouseError when it cannot be parsed."""
    return _parse(parse_dir(settings))


def manifest_dict(settings: Settings) -> dict[str, Any]:
    """The parsed project as the plain dictionary that manifest.json holds."""
    return _parsed_as_dict(parse_dir(settings))


def forget_manifest() -> None:
    """Parse again at the next use: the project's files have changed under a running process."""
    _parse.cache_clear()
    _parsed_as_dict.cache_clear()


def build(
    settings: Settings,
    build_path: Path,
    dbt_variables: dict[str, Any],
    *,
    full_refresh: bool,
    with_tests: bool = True,
) -> list[NodeResult]:
    """Build every model and run the data tests (unless not `with_tests`) on `build_path`, in one dbt run.

    An incremental run leaves seeds alone: they are part of the definition, which a full refresh takes up. It also leaves alone
    the tests tagged `calibration`, which read whole facts: its cost follows the change, not the history.
    Raises DbtFailed naming the first failed nodes.
    """
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner

    arguments = [*_NO_LOG, "--no-write-json", "build"]
    arguments += ["--exclude-resource-type", "unit_test"]
    arguments += [] if with_tests else ["--exclude-resource-type", "test"]
    arguments += (
        ["--full-refresh"]
        if full_refresh
        else ["--exclude-resource-type", "seed", "--exclude", "tag:calibration"]
    )
    arguments += ["--vars", json.dumps(dbt_variables)]
    parsed = manifest(settings)
    # dbt-duckdb opens and closes the file for every node; a connection held meanwhile makes that nearly free, and closing
    # it ends dbt's hold on the file with the run.
    held = duckdb.connect(str(build_path))
    with held, _environment(build_path, settings.dbt_target_dir), contextlib.redirect_stdout(io.StringIO()):
        outcome = dbtRunner(manifest=parsed).invoke(arguments)
    if not isinstance(outcome.result, RunExecutionResult):
        raise WarehouseError(f"dbt could not run: {outcome.exception}\nThe last publication stands.")
    results = [
        NodeResult(
            unique_id=result.node.unique_id,
            status=str(result.status),
            seconds=result.execution_time,
            message=result.message or "",
            failures=result.failures,
        )
        for result in outcome.result.results
    ]
    failed = [result for result in results if result.status in ("error", "fail", "runtime error")]
    if failed:
        raise DbtFailed(_failure_message(settings, failed), results)
    return results


def _failure_message(settings: Settings, failed: list[NodeResult]) -> str:
    lines = []
    for result in failed[:5]:
        kind, _, name = result.unique_id.split(".")[:3]
        what = (
            f"data test failed on {result.failures} rows"
            if result.status == "fail"
            else result.message.strip()
        )
        lines.append(f"  {kind} {name}: {what}")
    if len(failed) > 5:
        lines.append(f"  and {len(failed) - 5} more")
    return (
        "dbt failed:\n"
        + "\n".join(lines)
        + f"\nNothing was published; readers keep the last publication. The SQL that ran is below "
        f"{settings.dbt_target_dir}. Correct the cause and run again: the same landings are taken up."
    )


def definition_hashes(settings: Settings) -> dict[str, str]:
    """For each model, a hash of its code and of everything it is built from (models, macros, seeds)."""
    parsed = manifest(settings)
    macros = hashlib.sha256(
        "".join(
            macro.macro_sql
            for name, macro in sorted(parsed.macros.items())
            if macro.package_name == "daigou_warehouse"
        ).encode()
    ).hexdigest()
    known: dict[str, str] = {}

    def of(unique_id: str) -> str:
        if unique_id not in known:
            node = parsed.nodes.get(unique_id)
            if node is None:
                known[unique_id] = unique_id
            else:
                own = str(node.checksum.checksum) + json.dumps(node.config.extra, sort_keys=True, default=str)
                parents = [of(parent) for parent in sorted(getattr(node.depends_on, "nodes", []))]
                known[unique_id] = hashlib.sha256("|".join([own, macros, *parents]).encode()).hexdigest()
        return known[unique_id]

    return {
        node.name: of(unique_id) for unique_id, node in parsed.nodes.items() if node.resource_type == "model"
    }


def model_columns(settings: Settings) -> dict[tuple[str, str], list[str] | None]:
    """(schema, name) of every table that dbt builds, with the columns its YAML states (None for seeds)."""
    shapes: dict[tuple[str, str], list[str] | None] = {}
    for node in manifest(settings).nodes.values():
        if node.resource_type in ("model", "seed") and node.schema != "changes":
            shapes[(node.schema, node.name)] = list(node.columns) if node.resource_type == "model" else None
    return shapes
