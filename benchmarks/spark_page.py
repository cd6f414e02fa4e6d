"""What docs/spark.md shows of `benchmarks/results/spark.json`: the steps beside DuckDB's, MERGE by layout, a sizing example."""

import json
from typing import Any

from benchmarks.spark import RESULTS

# A simulated year delivers so many raw rows an order (docs/benchmarks.md).
_ROWS_AN_ORDER = 5.8
_NIGHT_HOURS = 4


def page() -> str:
    """All that follows from measurements, as markdown."""
    if not RESULTS.exists():
        return "Nothing measured yet: `python -m benchmarks.spark 10000 --merge 1000000` in the environment of `make spark-test`."
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    parts = [
        *(_year(int(orders), steps) for orders, steps in results.get("years", {}).items()),
        *([_merge(results["merge"])] if results.get("merge") else []),
        *([_sizing(results["years"])] if len(results.get("years", {})) > 1 else []),
        _machine(results["machine"]),
    ]
    return "\n\n".join(parts)


def _year(orders: int, steps: dict[str, dict[str, dict[str, float]]]) -> str:
    names = dict.fromkeys(step for engine in ("spark", "duckdb") for step in steps.get(engine, {}))
    lines = [
        f"| a year of {orders:,} orders | rows | DuckDB: seconds (of the processor) | Spark: seconds (of the processor) |",
        "|---|---|---|---|",
    ]
    for name in names:
        cells = [_seconds(steps.get(engine, {}).get(name)) for engine in ("duckdb", "spark")]
        rows = next((steps[engine][name].get("rows") for engine in steps if name in steps[engine]), None)
        lines.append(f"| {name} | {f'{rows:,}' if rows else ''} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _seconds(cost: dict[str, float] | None) -> str:
    return f"{cost['wall_seconds']:.1f} ({cost['processor_seconds']:.1f})" if cost else "–"


def _merge(merges: dict[str, dict[str, dict[str, float]]]) -> str:
    sizes = sorted(merges, key=int)
    layouts = dict.fromkeys(layout for size in sizes for layout in merges[size])
    lines = [
        "| MERGE of 1,000 keys all over a table: seconds (of the processor) | "
        + " | ".join(f"{int(size):,} rows" for size in sizes)
        + " |",
        "|---|" + "---|" * len(sizes),
    ]
    for layout in layouts:
        lines.append(f"| {layout} | {' | '.join(_seconds(merges[size].get(layout)) for size in sizes)} |")
    return "\n".join(lines)


def _sizing(years: dict[str, dict[str, dict[str, dict[str, float]]]]) -> str:
    """Everything built: a fixed part and one a row, from the smallest and the largest size; larger sizes by the same line."""
    small, large = (
        years[orders]["spark"]["everything"] for orders in (min(years, key=int), max(years, key=int))
    )
    a_row = (large["processor_seconds"] - small["processor_seconds"]) / (large["rows"] - small["rows"])
    fixed = small["processor_seconds"] - a_row * small["rows"]
    lines = [
        f"Computed, not measured: everything built costs Spark {max(fixed, 0):.0f} seconds of the processor and "
        f"{a_row * 1e6:.0f} more a million rows; so, at {_ROWS_AN_ORDER} rows an order,",
        "",
        f"| orders a year | raw rows | processor hours to build everything | processors for a night of {_NIGHT_HOURS} hours |",
        "|---|---|---|---|",
    ]
    for orders in (100_000_000, 1_000_000_000):
        rows = orders * _ROWS_AN_ORDER
        hours = (fixed + a_row * rows) / 3600
        lines.append(f"| {orders:,} | {rows / 1e6:,.0f} M | {hours:,.1f} | {hours / _NIGHT_HOURS:,.1f} |")
    return "\n".join(lines)


def _machine(machine: dict[str, Any]) -> str:
    shared = (
        " Others worked on the machine meanwhile: take the seconds of the processor, and ratios."
        if machine["load_at_end"] > machine["processors"] * 1.5
        else ""
    )
    return (
        f"{machine['processors']} processors, {machine['memory_gb']} GB, of which Spark 3; load {machine['load_at_end']} at the "
        f"end.{shared}"
    )
