"""What docs/benchmarks.md shows of `benchmarks/results/`: tables, fitted exponents, and the plot of the crossover.

`make docs` writes the page again; `python -m benchmarks.report` draws `benchmarks/results/crossover.svg`.
"""

import itertools
import json
import math
from typing import Any

from benchmarks.goals import Goal, goals
from benchmarks.year import RESULTS

PLOT = RESULTS / "crossover.svg"


def results() -> list[dict[str, Any]]:
    """Every size measured, smallest first."""
    files = RESULTS.glob("year-*.json")
    return sorted(
        (json.loads(file.read_text(encoding="utf-8")) for file in files),
        key=lambda result: (result["order_count"], result.get("memory_limit") or ""),
    )


def page() -> str:
    """All of the page that follows from measurements, as markdown."""
    measured, landing, profile = results(), _result("landing"), _result("profile")
    nights = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(RESULTS.glob("nights-*.json"))]
    parts = [_goals(goals(measured, landing, nights))] if measured else []
    if landing:
        parts.append(_landing(landing))
    parts += _years(measured) if measured else []
    parts += _profile(profile) if profile else []
    parts += map(_nights, nights)
    return "\n\n".join(parts) or "Nothing measured yet: `make bench`."


def _result(name: str) -> dict[str, Any] | None:
    file = RESULTS / f"{name}.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def _goals(found: list[Goal]) -> str:
    rows = [
        [
            goal.measure,
            f"{goal.goal:g}{goal.unit}",
            "–" if goal.measured is None else f"{goal.measured:.2f}{goal.unit}",
            goal.verdict,
        ]
        for goal in found
    ]
    return _table("what a run should cost", ["at most", "measured", ""], rows)


def _landing(measured: dict[str, Any]) -> str:
    count = measured["row_count"]
    rows = [
        [
            source,
            f"{count / seconds['landed_seconds']:,.0f}",
            f"{count / seconds['bare_read_seconds']:,.0f}",
            f"{seconds['landed_seconds'] / seconds['bare_read_seconds']:.1f}",
        ]
        for source, seconds in measured["sources"].items()
    ]
    table = _table(
        f"{count:,} rows of `payments` from",
        ["rows a second landed", "bare read", "landing ÷ bare read"],
        rows,
    )
    return f"{table}\n\n{_measured(measured)} (`python -m benchmarks.landing`)."


def _measured(result: dict[str, Any]) -> str:
    return f"{result['measured_at']}, load {result['machine']['load_at_end']} at the end"


def _years(measured: list[dict[str, Any]]) -> list[str]:
    sizes = [_size(result) for result in measured]
    parts = [
        _table("ratio", sizes, _ratio_rows(measured)),
        _table("step: seconds (peak MB)", sizes, _step_rows(measured)),
        _table("file: MB", sizes, _size_rows(measured)),
    ]
    unlimited = [result for result in measured if not result.get("memory_limit")]
    if len(unlimited) > 1:
        parts.append(_growth(unlimited[0], unlimited[-1]))
    parts += [_plain_dbt(result) for result in measured if result["plain_dbt"]]
    parts += [_crossover(result) for result in measured if result["crossover"]]
    parts.append("\n".join(_machine(result) for result in measured))
    return parts


def exponent(small: dict[str, Any], large: dict[str, Any], step: str) -> float:
    """k where seconds grow as orders to the power of k; 1 is in proportion, 0 not at all."""
    seconds = large["steps"][step]["wall_seconds"] / small["steps"][step]["wall_seconds"]
    return math.log(seconds) / math.log(large["order_count"] / small["order_count"])


def crossing(points: list[dict[str, float]], row_count: int) -> float | None:
    """The share of changed rows at which an increment costs what a rebuild does, between two points; None if none does."""
    for before, after in itertools.pairwise(points):
        if before["ratio"] < 1 <= after["ratio"]:
            part = (1 - before["ratio"]) / (after["ratio"] - before["ratio"])
            rows = before["changed_row_count"] + part * (
                after["changed_row_count"] - before["changed_row_count"]
            )
            return rows / row_count
    return None


def _size(result: dict[str, Any]) -> str:
    limit = result.get("memory_limit")
    return f"{result['order_count']:,} orders" + (f" in {limit} of memory" if limit else "")


def _megabytes(size: float | None) -> str:
    return "–" if size is None else f"{size:,.0f}"


def _table(what: str, sizes: list[str], rows: list[list[str]]) -> str:
    lines = [
        f"| {what} | {' | '.join(sizes)} |",
        f"| --- {'| ---: ' * len(sizes)}|",
    ]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def _ratio_rows(measured: list[dict[str, Any]]) -> list[list[str]]:
    def cell(ratio: float | None) -> str:
        return "–" if ratio is None else f"{ratio:.2f}"

    return [
        [name, *(cell(result["ratios"].get(name)) for result in measured)]
        for name in _names(measured, "ratios")
    ]


def _step_rows(measured: list[dict[str, Any]]) -> list[list[str]]:
    def cell(step: dict[str, Any] | None) -> str:
        if step is None:
            return "–"
        # A server's memory is not a process's.
        peak = f" ({step['peak_mb']:,.0f})" if step["peak_mb"] is not None else ""
        return f"{step['wall_seconds']:.1f}{peak}"

    return [
        [name, *(cell(result["steps"].get(name)) for result in measured)]
        for name in _names(measured, "steps")
    ]


def _names(measured: list[dict[str, Any]], what: str) -> list[str]:
    """Of all sizes: a part may have been left out of one."""
    return list(dict.fromkeys(name for result in measured for name in result[what]))


def _size_rows(measured: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [name.removesuffix("_mb"), *(_megabytes(result["sizes"].get(name)) for result in measured)]
        for name in _names(measured, "sizes")
    ]


def _growth(small: dict[str, Any], large: dict[str, Any]) -> str:
    lines = [
        f"Seconds grow as orders to the power of … ({small['order_count']:,} to {large['order_count']:,} orders):",
        "",
    ]
    shared = [step for step in small["steps"] if step in large["steps"]]
    return "\n".join(lines + [f"- {step}: {exponent(small, large, step):.2f}" for step in shared])


def _plain_dbt(result: dict[str, Any]) -> str:
    ours = result["steps"]["one day"]["model_seconds"]
    tools = (
        "plain dbt and SQLMesh"
        if any(name.startswith("SQLMesh") for name in result["plain_dbt"])
        else "plain dbt"
    )
    lines = [
        f"One day in {tools}, {result['order_count']:,} orders:",
        "",
        "| strategy | seconds of its models | ÷ ours | rows left wrong | of |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for strategy, found in result["plain_dbt"].items():
        lines.append(
            f"| {strategy} | {found['model_seconds']:.1f} | {found['model_seconds'] / ours:.2f} "
            f"| {found['wrong_row_count']:,} | {found['row_count']:,} |"
        )
    return "\n".join(lines)


def _crossover(result: dict[str, Any]) -> str:
    rows = result["steps"]["landing"]["rows"]
    lines = [
        f"Changed payments of {result['order_count']:,} orders, increment and rebuild of the same home:",
        "",
        "| rows changed | of all rows | increment ÷ rebuild |",
        "| ---: | ---: | ---: |",
    ]
    for point in result["crossover"]:
        lines.append(
            f"| {point['changed_row_count']:,} | {point['changed_row_count'] / rows:.2%} | {point['ratio']:.2f} |"
        )
    share = crossing(result["crossover"], rows)
    found = (
        f"They cost the same at {share:.1%} of all rows."
        if share
        else "No share measured makes a rebuild cheaper."
    )
    return "\n".join([*lines, "", found, "", f"![increment ÷ rebuild](../benchmarks/results/{PLOT.name})"])


def _profile(measured: dict[str, Any]) -> list[str]:
    """Seconds of the processor by part of each run, the models' SQL by layer, and the heaviest models of the largest size."""
    runs = [
        (f"{step}, {int(order_count):,} orders", run)
        for order_count, steps in measured["sizes"].items()
        for step, run in steps.items()
    ]
    shown = [name for name, _ in runs]
    parts = list(runs[0][1]["parts"])
    layers = list(dict.fromkeys(layer for _, run in runs for layer in run["model_cpu_seconds_by_layer"]))
    rows = [[part, *(f"{run['parts'][part]['cpu_seconds']:.1f}" for _, run in runs)] for part in parts]
    rows += [
        [
            f"of the models: {layer}",
            *(f"{run['model_cpu_seconds_by_layer'].get(layer, 0.0):.1f}" for _, run in runs),
        ]
        for layer in layers
    ]
    rows += [["models, data tests", *(f"{run['model_count']}, {run['test_count']}" for _, run in runs)]]
    largest = max(measured["sizes"], key=int)
    heaviest = [
        f"- {step}, {int(largest):,} orders: "
        + ", ".join(f"{name} {seconds:.1f}" for name, seconds in run["heaviest_model_cpu_seconds"].items())
        for step, run in measured["sizes"][largest].items()
    ]
    once_more = measured["sizes"][largest].get("calibration", {}).get("written", {})
    ways = list(next(iter(once_more.values()), {}))
    written = [[model, *(f"{seconds[way]:.1f}" for way in ways)] for model, seconds in once_more.items()]
    return [
        _table("where a run goes: seconds of the processor", shown, rows),
        "The heaviest models, in seconds of the processor:\n\n" + "\n".join(heaviest),
        *([_table(f"a model's SQL alone, {int(largest):,} orders", ways, written)] if written else []),
        f"{_measured(measured)} (`python -m benchmarks.profile`).",
    ]


def _nights(measured: dict[str, Any]) -> str:
    """The first, the middle and the last night: whether anything grows with use."""
    nights = measured["nights"]
    shown = [nights[0], nights[len(nights) // 2], nights[-1]]
    names = [name for name in nights[0] if name != "night"]
    lines = [
        f"{measured['order_count']:,} orders, {measured['increments_a_night']} increments a day, calibrated every night:",
        "",
        "| | " + "".join(f"night {night['night']} | " for night in shown).rstrip(),
        f"| --- {'| ---: ' * len(shown)}|",
    ]
    lines += [
        f"| {name.replace('_', ' ')} | {' | '.join(f'{night[name]:.2f}' for night in shown)} |"
        for name in names
    ]
    return "\n".join(lines)


def _machine(result: dict[str, Any]) -> str:
    machine = result["machine"]
    return (
        f"- {_size(result)}: {result['measured_at']}, {machine['processors']} processors, "
        f"{machine['memory_gb']} GB, load {machine['load_at_end']} at the end, Python {machine['python']}, "
        f"DuckDB {machine['duckdb']}, median of {result['repeat']}"
        + (f"; {result['note']}" if result.get("note") else "")
    )


def plot(result: dict[str, Any]) -> str:
    """Increment ÷ rebuild over the share of changed rows, both on logarithmic axes, as an SVG."""
    rows = result["steps"]["landing"]["rows"]
    points = [(point["changed_row_count"] / rows, point["ratio"]) for point in result["crossover"]]
    width, height, left, bottom = 560, 320, 60, 40

    def x(share: float) -> float:
        return left + (width - left - 20) * (math.log10(share) + 4) / 4

    def y(ratio: float) -> float:
        return (height - bottom) - (height - bottom - 20) * (math.log10(ratio) + 2) / 3

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for power in range(-4, 1):
        at, label = x(10.0**power), f"{10.0**power:.0%}" if power >= -2 else f"{10.0 ** (power + 2):g} %"
        lines.append(f'<path d="M{at:.0f} 20V{height - bottom}" stroke="#ddd"/>')
        lines.append(f'<text x="{at:.0f}" y="{height - bottom + 16}" text-anchor="middle">{label}</text>')
    for ratio in (0.01, 0.1, 1, 10):
        colour = "#b33" if ratio == 1 else "#ddd"
        lines.append(f'<path d="M{left} {y(ratio):.0f}H{width - 20}" stroke="{colour}"/>')
        lines.append(f'<text x="{left - 8}" y="{y(ratio) + 4:.0f}" text-anchor="end">{ratio:g}</text>')
    path = "L".join(f"{x(share):.1f} {y(ratio):.1f}" for share, ratio in points)
    lines.append(f'<path d="M{path}" fill="none" stroke="#1f5fa8" stroke-width="2"/>')
    lines += [
        f'<circle cx="{x(share):.1f}" cy="{y(ratio):.1f}" r="3" fill="#1f5fa8"/>' for share, ratio in points
    ]
    lines.append(
        f'<text x="{left}" y="14">increment ÷ rebuild, over the share of all rows that changed</text>'
    )
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    for result in results():
        if result["crossover"]:
            PLOT.write_text(plot(result), encoding="utf-8")


if __name__ == "__main__":
    main()
