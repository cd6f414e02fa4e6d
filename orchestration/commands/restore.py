"""`warehouse restore DIR`: a home from a backup."""

import shlex
import sys
from pathlib import Path

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, pass_settings
from orchestration.commands.output import counted
from orchestration.commands.progress import progress_shown


@click.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--allow-loss",
    "is_loss_allowed",
    is_flag=True,
    help="Restore though the publication counts landings that the backup does not have.",
)
@pass_settings
def restore(settings: Settings, *, folder: Path, is_loss_allowed: bool) -> None:
    """Bring back what `warehouse backup` kept in DIR.

    Into an empty home, or one whose build file is lost: settings and publications that are there stay. Every file is
    checked first. The next increment builds the tables from the same rows in the same order and publishes; until then
    readers have the last publication.
    """
    from orchestration.backup.restore import restore as bring_back

    with progress_shown() as show_progress:
        report = bring_back(settings, folder, is_loss_allowed=is_loss_allowed, show_progress=show_progress)
    print(
        f"{report.home}: {counted(report.row_count, 'row')} of {counted(report.batch_count, 'landing')}, as backed up at "
        f"{report.backed_up_at:%Y-%m-%d %H:%M:%S} UTC\n"
        f"settings.toml: {'restored' if report.are_settings_restored else 'as it was'}; "
        f"publication: {'restored' if report.is_publication_restored else 'as it was'}"
    )
    if report.are_settings_others:
        print(
            "Settings that all figures depend on are others than when it was backed up: the next run restates every "
            "figure they change.",
            file=sys.stderr,
        )
    if report.lost:
        print(
            f"Land these again before the next increment ({len(report.lost)}): {', '.join(report.lost)}",
            file=sys.stderr,
        )
    print(f"Next: warehouse increment --home {shlex.quote(str(report.home))}")
