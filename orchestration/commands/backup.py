"""`warehouse backup DIR`: everything that cannot be computed again, kept elsewhere."""

from pathlib import Path

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, pass_settings
from orchestration.commands.output import counted
from orchestration.commands.progress import progress_shown


@click.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@pass_settings
def backup(settings: Settings, *, folder: Path) -> None:
    """Keep what cannot be computed again in DIR.

    Raw rows with their ledger and quarantine, how far databases were read, the audit history, the settings and the last
    publication: Parquet files with checksums. A backup into the same DIR adds only what landed since. It holds personal
    data; its files are readable by their owner only. Runs and landings wait while it reads, readers do not.
    """
    from orchestration.backup.backup import backup as back_up

    with progress_shown() as show_progress:
        report = back_up(settings, folder, show_progress=show_progress)
    print(
        f"{report.folder}: {counted(report.new_batch_count, 'new landing')}, {report.batch_count} in all with "
        f"{counted(report.row_count, 'row')}"
    )
