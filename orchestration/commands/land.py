"""`warehouse land DIR|DATABASE`: new files below a folder of feeds, or what changed in a live database."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from orchestration.commands.arguments import Commands

if TYPE_CHECKING:
    from ingest.land.landing import LandingReport


def add(commands: Commands) -> None:
    parser = commands.add("land", run, "land every new file below a folder of feeds, or a database's changes")
    parser.add_argument(
        "source",
        metavar="DIR|DATABASE",
        help="holds DIR/<feed>/<any name>.<ext>; or one such file; or mysql://user@host/database, "
        "postgres://…, sqlite:path (the password in WAREHOUSE_DB_PASSWORD)",
    )
    parser.add_argument(
        "--source-time-zone",
        metavar="ZONE",
        help="zone of instants without an offset in files (default: setting source_time_zone)",
    )
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="for a database: what feeds which feed")
    parser.add_argument(
        "--find-deleted",
        action="store_true",
        help="for a database: compare keys, mark what is gone as deleted",
    )
    parser.add_argument("--restart", action="store_true", help="for a database: read every row again")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from ingest.databases.addresses import is_database_url

    report = (
        _land_database(settings, arguments)
        if is_database_url(arguments.source)
        else _land_folder(settings, arguments)
    )
    for batch in report.batches:
        print(batch.line(), file=sys.stderr if batch in report.rejected else sys.stdout)
    for note in report.notes:
        print(note)
    print(
        f"{report.rows_accepted} rows landed, {report.rows_quarantined} quarantined, "
        f"{len(report.rejected)} files rejected"
    )
    return report.exit_status


def _land_folder(settings: Settings, arguments: argparse.Namespace) -> "LandingReport":
    from ingest.land.landing import land_path

    if arguments.mapping or arguments.find_deleted or arguments.restart:
        raise UsageError("--mapping, --find-deleted and --restart are for databases. Nothing was landed.")
    return land_path(settings, Path(arguments.source), source_time_zone=arguments.source_time_zone)


def _land_database(settings: Settings, arguments: argparse.Namespace) -> "LandingReport":
    from ingest.databases.landing import land_database

    if arguments.mapping is None or arguments.source_time_zone:
        raise UsageError(
            "a database needs --mapping FILE.toml, which also says its time zone "
            "(docs/examples/open_platform.toml shows one). Nothing was landed."
        )
    return land_database(
        settings,
        arguments.source,
        arguments.mapping,
        find_deleted=arguments.find_deleted,
        restart=arguments.restart,
    )
