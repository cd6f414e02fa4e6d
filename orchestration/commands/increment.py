"""`warehouse increment`: brings every table up to date with what landed, then publishes."""

from datetime import datetime

import click

from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, as_of_option, pass_settings, rewind_option


@click.command(cls=Command)
@as_of_option
@rewind_option
@pass_settings
def increment(settings: Settings, *, as_of: datetime | None, rewind: bool) -> None:
    """Bring every table up to date with what landed, then publish."""
    from orchestration.runs import increment as runs

    report = runs.increment(settings, as_of, earlier_as_of="rewind" if rewind else "refuse")
    if not report.is_published:
        print(
            f"nothing landed since the last publication, which is as of {report.as_of:%Y-%m-%d %H:%M:%S} UTC: "
            "nothing to do, nothing published"
        )
        return
    how = "full rebuild" if report.is_full_refresh else "increment"
    print(
        f"{how} {report.run_id}: {sum(report.pending.values())} rows taken up, "
        f"{report.restated_count} cells restated, as of {report.as_of:%Y-%m-%d %H:%M:%S} UTC, "
        f"{report.seconds:.1f} s. Published {settings.published_path}"
    )
