"""`warehouse increment`: brings every table up to date with what landed, then publishes."""

import json
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from ingest.foundation.clock import minute_text, zone_label
from ingest.foundation.settings import Settings
from orchestration.commands.options import (
    Command,
    as_of_option,
    dry_run_option,
    json_option,
    pass_settings,
    rewind_option,
)
from orchestration.commands.output import run_values
from orchestration.commands.preview import print_preview
from orchestration.commands.progress import progress_shown

if TYPE_CHECKING:
    from orchestration.runs.increment import EarlierAsOf
    from orchestration.runs.run import RunReport


@click.command(cls=Command)
@as_of_option
@rewind_option
@dry_run_option
@json_option
@pass_settings
def increment(
    settings: Settings, *, as_of: datetime | None, rewind: bool, is_dry_run: bool, is_json: bool
) -> None:
    """Bring every table up to date with what landed, then publish."""
    from orchestration.runs import increment as runs
    from orchestration.runs.preview import preview

    earlier_as_of: EarlierAsOf = "rewind" if rewind else "refuse"
    if is_dry_run:
        found = preview(settings, as_of, earlier_as_of=earlier_as_of)
        rebuild = f"full rebuild: {found.reason}" if found.is_full_refresh else "increment"
        print_preview(settings, found, "nothing" if found.is_nothing_to_do else rebuild, is_json=is_json)
        return
    with progress_shown() as show_progress:
        report = runs.increment(settings, as_of, earlier_as_of=earlier_as_of, show_progress=show_progress)
    if is_json:
        print(json.dumps(run_values(settings, report), indent=2))
    else:
        print(_line(settings, report))


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
