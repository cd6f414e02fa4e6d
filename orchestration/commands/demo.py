"""`warehouse demo`: the simulated platform, end to end."""

import click

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings, load_settings
from orchestration.commands.options import Command, pass_settings

DEFAULT_ORDERS = 1000
DEFAULT_DAYS = 21


@click.command(cls=Command)
@click.option("--orders", type=int, default=DEFAULT_ORDERS, help=f"Orders in all (default {DEFAULT_ORDERS}).")
@click.option("--days", type=int, default=DEFAULT_DAYS, help=f"Business days (default {DEFAULT_DAYS}).")
@pass_settings
def demo(settings: Settings, *, orders: int, days: int) -> None:
    """Run a simulated platform end to end, print its figures."""
    from dashboard.build import INDEX, build_dashboard
    from ingest.simulator import SimulatorConfig
    from orchestration.reading.headline import headline
    from orchestration.runs.demo import peak_memory_mb, run_demo

    try:
        config = SimulatorConfig(order_count=orders, day_count=days)
    except ValueError as error:
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
