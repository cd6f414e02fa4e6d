"""`warehouse land DIR|DATABASE`: new files below a folder of feeds, or what changed in a live database."""

import sys
from pathlib import Path

import click

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, pass_settings


@click.command(cls=Command)
@click.argument("source", metavar="DIR|DATABASE")
@click.option(
    "--source-time-zone",
    metavar="ZONE",
    help="Zone of instants without an offset in files (default: setting source_time_zone).",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="For a database: what feeds which feed.",
)
@click.option(
    "--find-deleted", is_flag=True, help="For a database: compare keys, mark what is gone as deleted."
)
@click.option("--restart", is_flag=True, help="For a database: read every row again.")
@pass_settings
def land(
    settings: Settings,
    *,
    source: str,
    source_time_zone: str | None,
    mapping: Path | None,
    find_deleted: bool,
    restart: bool,
) -> int:
    """Land a folder's new files, or a database's changes.

    DIR holds DIR/<feed>/<any name>.<ext>; it may also be one such file. DATABASE is
    mysql://user@host/database, postgres://… or sqlite:path, the password in WAREHOUSE_DB_PASSWORD.
    """
    from ingest.databases.addresses import is_database_url

    if is_database_url(source):
        if mapping is None or source_time_zone:
            raise UsageError(
                "a database needs --mapping FILE.toml, which also says its time zone "
                "(docs/examples/open_platform.toml shows one). Nothing was landed."
            )
        from ingest.databases.landing import land_database

        report = land_database(settings, source, mapping, find_deleted=find_deleted, restart=restart)
    else:
        if mapping or find_deleted or restart:
            raise UsageError("--mapping, --find-deleted and --restart are for databases. Nothing was landed.")
        from ingest.land.folders import land_path

        report = land_path(settings, Path(source), source_time_zone=source_time_zone)
    for batch in report.batches:
        print(batch.line(), file=sys.stderr if batch in report.rejected else sys.stdout)
    for note in report.notes:
        print(note)
    print(
        f"{report.rows_accepted} rows landed, {report.rows_quarantined} quarantined, "
        f"{len(report.rejected)} files rejected"
    )
    return report.exit_status
