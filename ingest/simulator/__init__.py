"""A deterministic purchasing-agent platform: landing batches for every feed, with the life of the real thing.

`simulate(config)` yields one `DayBatch` per business day; `write_batches` writes them as files.
"""

from ingest.simulator.config import Silence, SimulatorConfig
from ingest.simulator.files import DEFAULT_FORMATS, write_batch, write_batches
from ingest.simulator.platform import DayBatch, simulate

__all__ = [
    "DEFAULT_FORMATS",
    "DayBatch",
    "Silence",
    "SimulatorConfig",
    "simulate",
    "write_batch",
    "write_batches",
]
