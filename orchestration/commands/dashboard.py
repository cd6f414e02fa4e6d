"""`warehouse dashboard`: builds the pages from the published file."""

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, pass_settings


@click.command(cls=Command)
@pass_settings
def dashboard(settings: Settings) -> None:
    """Build the pages of the current publication."""
    from dashboard.build import INDEX, build_dashboard

    report = build_dashboard(settings)
    print(
        f"{report.page_count} pages, {report.byte_count / 1000:,.0f} kB. "
        f"Open {settings.dashboard_dir / INDEX}, or run `warehouse serve`."
    )
