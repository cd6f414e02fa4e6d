"""`warehouse demo`: the simulated platform, end to end."""

import argparse

from ingest.foundation.settings import Settings, load_settings
from orchestration.commands.arguments import Commands

DEFAULT_ORDERS = 1000
DEFAULT_DAYS = 21


def add(commands: Commands) -> None:
    parser = commands.add(
        "demo", run, "a deterministic simulated platform, end to end, and its headline figures"
    )
    parser.add_argument(
        "--orders", type=int, default=DEFAULT_ORDERS, help=f"orders in all (default {DEFAULT_ORDERS})"
    )
    parser.add_argument(
        "--days", type=int, default=DEFAULT_DAYS, help=f"business days (default {DEFAULT_DAYS})"
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from dashboard.build import INDEX, build_dashboard
    from ingest.simulator import SimulatorConfig
    from orchestration.reading.headline import headline
    from orchestration.runs.demo import peak_memory_mb, run_demo

    try:
        config = SimulatorConfig(order_count=arguments.orders, day_count=arguments.days)
    except ValueError as error:
        from ingest.foundation.errors import UsageError

        raise UsageError(f"demo: {error}") from None
    report = run_demo(settings, config, lambda line: print(line, flush=True))
    settings = load_settings(settings.home)
    if report.was_complete:
        print("The demo is complete; these are its figures.")
    else:
        phases = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in report.seconds.items())
        print(
            f"{report.rows_landed} rows landed, {report.increment_count} increments: {phases}; "
            f"peak memory {peak_memory_mb():.0f} MB"
        )
    pages = settings.dashboard_dir / INDEX
    if not report.was_complete or not pages.exists():
        build_dashboard(settings)
    print()
    print(headline(settings))
    print(
        f"\nOpen next: the four pages, in any browser\n  {pages}\n"
        f"any DuckDB client, read-only, on\n  {settings.published_path}\nfor example\n"
        f"  .venv/bin/python -c \"import duckdb; print(duckdb.connect('{settings.published_path}', read_only=True)"
        ".sql('from marts.core_daily order by business_date desc limit 8'))\"\n"
        f"the state of the warehouse\n  .venv/bin/warehouse status --home {settings.home}"
    )
    return 0
