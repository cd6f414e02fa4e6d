"""`python -m ingest.simulator --orders N --days D --out DIR`: writes a simulated platform's exports."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ingest.simulator.config import SimulatorConfig
from ingest.simulator.files import write_batch
from ingest.simulator.platform import simulate


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest.simulator", description=__doc__)
    parser.add_argument(
        "--orders", type=int, default=1000, help="purchase + forwarding + service orders, about"
    )
    parser.add_argument("--days", type=int, default=28, help="business days, one folder each")
    parser.add_argument(
        "--history", type=int, default=35, help="days of life before, delivered with the first day"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    chosen = parser.parse_args(arguments)
    try:
        config = SimulatorConfig(
            seed=chosen.seed,
            order_count=chosen.orders,
            day_count=chosen.days,
            history_day_count=chosen.history,
        )
        row_count = 0
        for batch in simulate(config):
            folder = write_batch(batch, chosen.out)
            rows = sum(len(table) for table in batch.feeds.values())
            row_count += rows
            print(f"{folder}: {rows} rows")
    except (ValueError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    print(f"{row_count} rows in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
