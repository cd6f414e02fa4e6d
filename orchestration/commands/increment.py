"""`warehouse increment`: brings every table up to date with what landed, then publishes."""

import argparse

from ingest.foundation.settings import Settings
from orchestration.commands.arguments import Commands, add_as_of


def add(commands: Commands) -> None:
    add_as_of(commands.add("increment", run, "bring every table up to date with what landed, then publish"))


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from orchestration.runs.increment import increment

    report = increment(settings, arguments.as_of)
    how = "full rebuild" if report.is_full_refresh else "increment"
    print(
        f"{how} {report.run_id}: {sum(report.pending.values())} rows taken up, "
        f"{report.restated_count} cells restated, as of {report.as_of:%Y-%m-%d %H:%M:%S} UTC, "
        f"{report.seconds:.1f} s. Published {settings.published_path}"
    )
    return 0
