"""How fast the simulator is and whether it grows in proportion: `python -m benchmarks.simulator [ORDERS …]`.

Simulates the default window at each size (10 000 and 100 000 orders unless told), each in a process of its
own, writing no files, and prints rows, seconds, rows per second, peak memory, and the ratios of each size to
the one before.
"""

import json
import resource
import subprocess
import sys
import time

from ingest.simulator import SimulatorConfig, simulate


def measure(order_count: int) -> dict[str, float]:
    started = time.perf_counter()
    rows = sum(
        len(table)
        for batch in simulate(SimulatorConfig(order_count=order_count))
        for table in batch.feeds.values()
    )
    return {
        "orders": order_count,
        "rows": rows,
        "seconds": time.perf_counter() - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(sizes: list[int]) -> None:
    before: dict[str, float] | None = None
    for order_count in sizes:
        command = [sys.executable, __file__, "--one", str(order_count)]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"{order_count:>10,} orders: {result['rows']:>11,} rows in {result['seconds']:6.1f} s,"
            f" {result['rows'] / result['seconds']:>9,.0f} rows/s, peak {result['peak_mb']:,.0f} MB"
        )
        if before is not None:
            ratios = {name: result[name] / before[name] for name in ("orders", "rows", "seconds", "peak_mb")}
            print(" " * 12 + "ratios: " + ", ".join(f"{name} ×{ratio:.1f}" for name, ratio in ratios.items()))
        before = result


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
