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
        *([_changed_rows(results["years"])] if results.get("years") else []),
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


def _changed_rows(years: dict[str, dict[str, dict[str, dict[str, float]]]]) -> str:
    """What an increment costs before it has a row to change, and what a changed row adds."""
    lines = [
        "| an increment, in seconds of the processor | DuckDB: of one row | a thousand rows more | Spark: of one row "
        "| a thousand rows more |",
        "|---|---|---|---|---|",
    ]
    for orders, steps in years.items():
        cells = []
        for engine in ("duckdb", "spark"):
            one, many = (
                steps.get(engine, {}).get(step) for step in ("one payment", "a twentieth of the payments")
            )
            added = (
                (many["processor_seconds"] - one["processor_seconds"]) / (many["rows"] - one["rows"]) * 1000
                if one and many
                else None
            )
            cells += [
                f"{one['processor_seconds']:.1f}" if one else "–",
                f"{added:.2f}" if added is not None else "–",
            ]
        lines.append(f"| {int(orders):,} orders | {' | '.join(cells)} |")
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
    lines = {engine: _line(years, engine) for engine in ("duckdb", "spark")}
    said = " and ".join(
        f"{name} {max(fixed, 0):.0f} seconds of the processor and {a_row * 1e6:.0f} more a million rows"
        for name, (fixed, a_row) in zip(("DuckDB", "Spark"), lines.values(), strict=True)
    )
    table = [
        f"Computed, not measured: everything built costs {said}. So, at {_ROWS_AN_ORDER} rows an order and in proportion,",
        "",
        "| orders a year | raw rows | processor hours of DuckDB, if one machine holds it | of Spark "
        f"| processors of Spark for a night of {_NIGHT_HOURS} hours |",
        "|---|---|---|---|---|",
    ]
    for orders in (100_000_000, 1_000_000_000):
        rows = orders * _ROWS_AN_ORDER
        hours = {engine: (fixed + a_row * rows) / 3600 for engine, (fixed, a_row) in lines.items()}
        table.append(
            f"| {orders:,} | {rows / 1e6:,.0f} M | {hours['duckdb']:,.1f} | {hours['spark']:,.1f} "
            f"| {hours['spark'] / _NIGHT_HOURS:,.1f} |"
        )
    return "\n".join(table)


def _line(years: dict[str, dict[str, dict[str, dict[str, float]]]], engine: str) -> tuple[float, float]:
    """Seconds of the processor to build everything: before any row, and a row."""
    small, large = (
        years[orders][engine]["everything"] for orders in (min(years, key=int), max(years, key=int))
    )
    a_row = (large["processor_seconds"] - small["processor_seconds"]) / (large["rows"] - small["rows"])
    return small["processor_seconds"] - a_row * small["rows"], a_row


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
