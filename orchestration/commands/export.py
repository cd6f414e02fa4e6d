"""`warehouse export DIR`: the published tables as Parquet files."""

from pathlib import Path

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, pass_settings


@click.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@pass_settings
def export(settings: Settings, *, folder: Path) -> None:
    """Write the published tables as Parquet files.

    For tools that cannot open the DuckDB file: DIR/<schema>/<table>.parquet, all of one publication, and
    DIR/manifest.json with every table's and column's comment, rows, bytes and checksum. DIR is made, or replaced
    if it holds an earlier export.
    """
    from orchestration.reading.export import export as export_published

    report = export_published(settings, folder)
    print(
        f"{report.table_count} tables, {report.row_count} rows, {report.byte_count / 1e6:.1f} MB, "
        f"as of {report.as_of_at}: {report.folder}"
    )
