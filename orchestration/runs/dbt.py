"""Runs dbt in process: the project is parsed once, then every run starts from that manifest."""

import contextlib
import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Required, TypedDict
from zoneinfo import ZoneInfo

from ingest.contract.feeds.declaration import TYPE_RANGES
from ingest.contract.rhythm import rhythm_days
from ingest.foundation.clock import fixed_offset
from ingest.foundation.errors import WarehouseError
from ingest.foundation.faults import MORE_MEMORY, is_short_of_memory
from ingest.foundation.progress import Progress, ShowProgress, show_nothing
from ingest.foundation.settings import Settings
from orchestration.catalogue import project
from orchestration.runs.build_file import open_build

_CALIBRATION = "calibration"
_CHOSEN = "chosen"


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


def settings_variables(settings: Settings) -> dict[str, Any]:
    """What else the figures depend on: a change of one of these changes all history."""
    return {
        "business_time_zone": settings.business_time_zone,
        "official_rate_source": settings.official_rate_source,
        "fallback_rate_source": settings.fallback_rate_source or "",
        "stale_rate_days": settings.stale_rate_days,
        "display_currencies": list(settings.display_currencies),
        "rhythm_days": rhythm_days(settings),
    }


def settings_fingerprint(settings: Settings) -> str:
    """By which a run notices that one of `settings_variables` is another than at the last publication."""
    told = json.dumps(settings_variables(settings), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def timestamp_text(instant: datetime) -> str:
    """A UTC instant as the models read it."""
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")


def variables(
    settings: Settings,
    as_of: datetime,
    lowest_as_of: datetime,
    highest_as_of: datetime,
) -> dict[str, Any]:
    """dbt's --vars of one run."""
    landing = TYPE_RANGES["instant"]
    offset = fixed_offset(
        ZoneInfo(settings.business_time_zone),
        datetime.fromisoformat(landing.minimum),
        datetime.fromisoformat(landing.below),
    )
    return {
        **settings_variables(settings),
        "business_utc_offset_minutes": None if offset is None else int(offset / timedelta(minutes=1)),
        "as_of": timestamp_text(as_of),
        "as_of_low": timestamp_text(lowest_as_of),
        "as_of_high": timestamp_text(highest_as_of),
    }


class BuildOptions(TypedDict, total=False):
    """What `build` may be told beside where and with which variables."""

    full_refresh: Required[bool]
    with_tests: bool
    select: Sequence[str] | None
    show_progress: ShowProgress
    stage: str


def build(
    settings: Settings,
    build_path: Path,
    dbt_variables: dict[str, Any],
    *,
    full_refresh: bool,
    with_tests: bool = True,
    select: Sequence[str] | None = None,
    show_progress: ShowProgress = show_nothing,
    stage: str = "tables",
    target: str = project.DUCKDB,
) -> list[NodeResult]:
    """Build every model and run the data tests (unless not `with_tests`) on `build_path`, in one dbt run.

    `select` names models and tests that are run instead of all. An incremental run leaves seeds alone: they are part of the
    definition, which a full refresh takes up. It also leaves alone the tests tagged `calibration`, which read whole facts: its
    cost follows the change, not the history. `target` is one of profiles.yml. Every node is shown as progress of `stage`.
    Raises DbtFailed naming the first failed nodes.
    """
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner

    arguments = [*project.NO_LOG, "--no-write-json", "build", "--target", target]
    arguments += ["--exclude-resource-type", "unit_test"]
    arguments += [] if with_tests else ["--exclude-resource-type", "test"]
    arguments += ["--full-refresh"] if full_refresh else ["--exclude-resource-type", "seed"]
    if select is None and not full_refresh:
        arguments += ["--exclude", f"tag:{_CALIBRATION}"]
    arguments += ["--vars", json.dumps(dbt_variables)]
    parsed = project.manifest(settings, target)
    chosen: contextlib.AbstractContextManager[list[str]] = (
        contextlib.nullcontext([]) if select is None else selection(parsed, select)
    )
    # dbt-duckdb opens and closes the file for every node; a connection held meanwhile makes that nearly free, and closing
    # it ends dbt's hold on the file with the run.
    held = open_build(settings, build_path) if target == project.DUCKDB else contextlib.nullcontext()
    with (
        held,
        chosen as choice,
        project.dbt_environment(build_path, settings.raw_path, settings.dbt_target_dir),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        outcome = dbtRunner(manifest=parsed, callbacks=[_told(show_progress, stage)]).invoke(
            [*arguments, *choice]
        )
    if not isinstance(outcome.result, RunExecutionResult):
        raise _could_not_run(outcome.exception)
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


@contextlib.contextmanager
def selection(parsed: Any, select: Collection[str]) -> Iterator[list[str]]:
    """dbt's arguments that choose the nodes of these names, but none of the calibration's, for as long as this lasts.

    They bear a tag meanwhile: dbt compares every name it is told with all nodes, one after the other.
    """
    wanted = set(select)
    chosen = [node for node in parsed.nodes.values() if node.name in wanted and _CALIBRATION not in node.tags]
    for node in chosen:
        node.tags.append(_CHOSEN)
    try:
        # A test runs where it is named: its other models may come later.
        yield ["--indirect-selection", "empty", "--select", f"tag:{_CHOSEN}"]
    finally:
        for node in chosen:
            node.tags.remove(_CHOSEN)


def _told(show_progress: ShowProgress, stage: str) -> Callable[[Any], None]:
    """What tells dbt's events on: every node that starts, with its place among all."""

    def tell(event: Any) -> None:
        if event.info.name == "LogStartLine":
            show_progress(Progress(stage, event.data.index, event.data.total, event.data.description))

    return tell


def _could_not_run(error: BaseException | None) -> WarehouseError:
    # dbt tells some faults of the machine in an error of its own, whose words are on its second line.
    words = " ".join(str(error or "").split()) or type(error).__name__
    if isinstance(error, MemoryError) or is_short_of_memory(words):
        return WarehouseError(
            f"there was not enough memory ({words}). The last publication stands. {MORE_MEMORY}"
        )
    return WarehouseError(f"dbt could not run: {words}\nThe last publication stands.")


def _what_to_do(failed: list[NodeResult]) -> str:
    if any("Corrupt database file" in result.message for result in failed):
        return "A file is damaged: `warehouse doctor` says which, and what to do."
    if any(is_short_of_memory(result.message) for result in failed):
        return MORE_MEMORY
    return "Correct the cause and run again: the same landings are taken up."


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
        f"{settings.dbt_target_dir}. {_what_to_do(failed)}"
    )
