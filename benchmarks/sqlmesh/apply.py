"""Runs in SQLMesh's own environment: `python apply.py FOLDER {plan,run} AS_OF LAST_DATE` is a project's first plan or next run.

AS_OF is what the models take for now (UTC), LAST_DATE the last date that is computed. Prints what it took as JSON: wall_seconds,
model_seconds (evaluating the models alone) and model_count (how many were).
"""

import argparse
import json
import sys
import time
from datetime import date, timedelta
from typing import Any

from sqlmesh.core.console import NoopConsole, set_console
from sqlmesh.core.context import Context


class Timed(NoopConsole):
    """Adds up what the evaluations took, and keeps what failed."""

    def __init__(self) -> None:
        super().__init__()
        self.milliseconds = 0
        self.models: set[str] = set()
        self.failures: list[str] = []

    def update_snapshot_evaluation_progress(
        self, snapshot: Any, interval: Any, batch_idx: int, duration_ms: int | None, *told: Any, **more: Any
    ) -> None:
        self.milliseconds += duration_ms or 0
        self.models.add(snapshot.name)

    def log_failed_models(self, errors: list[Any]) -> None:
        self.failures += [f"{error.node}: {error.__cause__}" for error in errors]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("step", choices=("plan", "run"))
    parser.add_argument("as_of")
    parser.add_argument("last_date", type=date.fromisoformat)
    chosen = parser.parse_args()
    console = Timed()
    set_console(console)
    context = Context(paths=[chosen.folder])
    context.engine_adapter.execute("create schema if not exists control")
    context.engine_adapter.execute(
        f"create or replace table control.as_of as select timestamp '{chosen.as_of}' as as_of"
    )
    # SQLMesh computes a day when it is over; the business's last one is computed while it goes on.
    now = str(chosen.last_date + timedelta(days=1))
    started = time.perf_counter()
    try:
        if chosen.step == "plan":
            context.plan(auto_apply=True, no_prompts=True, skip_tests=True, execution_time=now)
        else:
            context.run(end=now, execution_time=now)
    finally:
        wall_seconds = time.perf_counter() - started
        context.close()
        # A run says no more of a failure than this.
        if console.failures:
            sys.exit("\n".join(console.failures))
    took = {
        "wall_seconds": wall_seconds,
        "model_seconds": console.milliseconds / 1000,
        "model_count": len(console.models),
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main()
