"""`warehouse land DIR`: lands every new file below a folder of feeds."""

import argparse
import sys
from pathlib import Path

from ingest.settings import Settings
from orchestration.commands.arguments import Commands


def add(commands: Commands) -> None:
    parser = commands.add("land", run, "land every new file below a folder of feeds")
    parser.add_argument("source", metavar="DIR", help="holds DIR/<feed>/<any name>.<ext>; or one such file")
    parser.add_argument(
        "--source-time-zone",
        metavar="ZONE",
        help="zone of instants without an offset (default: setting source_time_zone)",
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from ingest.landing import land_path

    report = land_path(settings, Path(arguments.source), source_time_zone=arguments.source_time_zone)
    for batch in report.batches:
        print(batch.line(), file=sys.stderr if batch in report.rejected else sys.stdout)
    for note in report.notes:
        print(note)
    print(
        f"{report.rows_accepted} rows landed, {report.rows_quarantined} quarantined, "
        f"{len(report.rejected)} files rejected"
    )
    return report.exit_status
