"""`warehouse increment`: brings every table up to date with what landed, then publishes."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from ingest.foundation.clock import minute_text, zone_label
from ingest.foundation.settings import Settings
from orchestration.commands.options import Command
from orchestration.commands.run_options import RunOptions, run_options

if TYPE_CHECKING:
    from orchestration.runs.preview import Preview
    from orchestration.runs.run import RunReport


@click.command(cls=Command)
@run_options
def increment(options: RunOptions) -> None:
    """Bring every table up to date with what landed, then publish."""
    from orchestration.runs import increment as runs

    if options.is_dry_run:
        options.preview(_would)
        return
    report = options.run(runs.increment)
    options.tell(report, _line(options.settings, report))


def _would(preview: "Preview") -> str:
    if preview.is_nothing_to_do:
        return "nothing"
    return f"full rebuild: {preview.reason}" if preview.is_full_refresh else "increment"


def _line(settings: Settings, report: "RunReport") -> str:
    zone = ZoneInfo(settings.business_time_zone)
    as_of = f"as of {minute_text(report.as_of, zone)} {zone_label(report.as_of, zone)}"
    if not report.is_published:
        return (
            f"nothing landed since the last publication, which is {as_of}: nothing to do, nothing published"
        )
    return (
        f"{'full rebuild' if report.is_full_refresh else 'increment'} {report.run_id}: "
        f"{sum(report.pending.values())} rows taken up, {report.restated_count} cells restated, {as_of}, "
        f"{report.seconds:.1f} s. Published {settings.published_path}"
    )
