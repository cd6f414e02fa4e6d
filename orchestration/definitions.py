"""What Dagster loads: the graph of the warehouse at `$WAREHOUSE_HOME`."""

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import Definitions


def _loaded() -> "Definitions":
    from ingest.foundation.settings import load_settings
    from orchestration.dagster_graph.graph import build_defs
    from orchestration.dagster_graph.run_history import sync_at_checkpoints

    sync_at_checkpoints()
    return build_defs(load_settings())


# Every run loads this anew, and all that it loads stays: to look for garbage in it is a tenth of a run's start.
gc.disable()
try:
    defs = _loaded()
finally:
    gc.freeze()
    gc.enable()
