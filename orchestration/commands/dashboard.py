"""`warehouse dashboard`: builds the pages, or the bundle for Apache Superset, from the published file."""

from pathlib import Path

import click

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, pass_settings


@click.command(cls=Command)
@click.option(
    "--superset",
    "bundle_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the zip that Apache Superset imports, instead of the pages.",
)
@click.option(
    "--database",
    "database_path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The published file as Superset's machine sees it (default: this one).",
)
@pass_settings
def dashboard(settings: Settings, *, bundle_path: Path | None, database_path: Path | None) -> None:
    """Build the pages of the publication, or Superset's bundle."""
    if bundle_path is not None:
        from dashboard.superset.bundle import write_bundle

        write_bundle(settings, bundle_path, database_path)
        print(f"{bundle_path}: import it in Superset under Dashboards > Import dashboards.")
        return
    if database_path is not None:
        raise UsageError("--database goes with --superset FILE.")

    from dashboard.build import INDEX, build_dashboard

    report = build_dashboard(settings)
    print(
        f"{report.page_count} pages, {report.byte_count / 1000:,.0f} kB. "
        f"Open {settings.dashboard_dir / INDEX}, or run `warehouse serve`."
    )
