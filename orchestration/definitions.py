"""What Dagster loads: the graph of the warehouse at `$WAREHOUSE_HOME`."""

from ingest.foundation.settings import load_settings
from orchestration.dagster_graph.graph import build_defs
from orchestration.dagster_graph.run_history import sync_at_checkpoints

sync_at_checkpoints()
defs = build_defs(load_settings())
