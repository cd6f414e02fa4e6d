"""An increment that dies, as by a power cut, at a named point: `python -m tests.support.killed_run HOME AS_OF POINT`."""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

BEFORE_MODELS = "before the models"
AMID_MODELS = "when the money movements are written"
BEFORE_PUBLICATION = "before the publication"
AFTER_PUBLICATION = "after the publication, before the watermarks move"
POINTS = (BEFORE_MODELS, AMID_MODELS, BEFORE_PUBLICATION, AFTER_PUBLICATION)


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_after_movements(event: Any) -> None:
    """A callback of dbt's runner."""
    if event.info.name == "NodeFinished" and event.data.node_info.node_name == "std_money_movements":
        die()


def main(home: str, as_of: str, point: str) -> None:
    from dbt.cli.main import dbtRunner

    from ingest.foundation.settings import load_settings
    from orchestration.runs import increment, publish, state

    if point == BEFORE_MODELS:
        increment.run_models = die  # type: ignore[assignment]
    elif point == AMID_MODELS:
        start = dbtRunner.__init__

        def start_with_callback(self: Any, manifest: Any = None, callbacks: Any = None) -> None:
            start(self, manifest, [die_after_movements])

        dbtRunner.__init__ = start_with_callback  # type: ignore[method-assign]
    elif point == BEFORE_PUBLICATION:
        publish.publish = die
    elif point == AFTER_PUBLICATION:
        state.mark_published = die
    increment.increment(load_settings(Path(home)), datetime.fromisoformat(as_of))


if __name__ == "__main__":
    main(*sys.argv[1:])
