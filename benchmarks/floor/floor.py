"""Runs the floor and holds its marts against a publication, cell by cell.

What is left out: core_freshness.last_landed_at (the landing's own clock) and what the landing refuses, which the floor does not look
for: rows that are read as typed have been accepted.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.measure import Cost, cost_of
from ingest.foundation.sql import quote_text

SCRIPTS = Path(__file__).parent


@dataclass(frozen=True)
class FloorRun:
    """What the floor cost: reading the files into typed rows, and the marts from those."""

    read: Cost
    model: Cost


def run_floor(
    landing_dir: Path,
    out_path: Path,
    as_of: datetime,
    *,
    rate_source: str = "ecb",
    display_currencies: tuple[str, ...] = ("USD", "EUR"),
) -> FloorRun:
    """Write the marts of all files below `landing_dir/<day>/<feed>/` to `out_path`, schema marts. `as_of` is UTC without zone."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {quote_text(str(out_path))} as out")
        for name, value in (
            ("landing", quote_text(str(landing_dir))),
            ("as_of", f"timestamp '{as_of:%Y-%m-%d %H:%M:%S}'"),
            ("rate_source", quote_text(rate_source)),
            ("display_currencies", f"[{', '.join(quote_text(code) for code in display_currencies)}]"),
        ):
            connection.execute(f"set variable {name} = {value}")
        read = cost_of(lambda: connection.execute((SCRIPTS / "read.sql").read_text(encoding="utf-8")))
        model = cost_of(
            lambda: [
                connection.execute((SCRIPTS / name).read_text(encoding="utf-8"))
                for name in ("model.sql", "marts.sql")
            ]
        )
        connection.execute("checkpoint out")
    return FloorRun(read, model)
