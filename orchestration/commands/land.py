"""`warehouse land DIR|DATABASE`: new files below a folder of feeds, or what changed in a live database."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.foundation.errors import UsageError
from ingest.foundation.settings import Settings
from orchestration.commands.options import Command, TimeZone, dry_run_option, json_option, pass_settings
from orchestration.commands.output import counted
from orchestration.commands.progress import progress_shown

if TYPE_CHECKING:
    from ingest.land.report import LandingReport


@click.command(cls=Command)
@click.argument("source", metavar="DIR|DATABASE")
@click.option(
    "--source-time-zone",
    type=TimeZone(),
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
@dry_run_option
@json_option
@pass_settings
def land(
    settings: Settings,
    *,
    source: str,
    source_time_zone: str | None,
    mapping: Path | None,
    find_deleted: bool,
    restart: bool,
    is_dry_run: bool,
    is_json: bool,
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
        from ingest.databases.preview import preview_database

        read = preview_database if is_dry_run else land_database
        report = read(settings, source, mapping, find_deleted=find_deleted, restart=restart)
    else:
        if mapping or find_deleted or restart:
            raise UsageError("--mapping, --find-deleted and --restart are for databases. Nothing was landed.")
        report = _land_folder(settings, Path(source), source_time_zone, is_dry_run)
    if is_json:
        print(json.dumps(_as_values(settings, report, is_dry_run), ensure_ascii=False, indent=2))
    else:
        _print(settings, report, is_dry_run)
    return report.exit_status


def _land_folder(
    settings: Settings, folder: Path, source_time_zone: str | None, is_dry_run: bool
) -> "LandingReport":
    from ingest.land.folders import find_entries, land_path, preview_path

    if (
        os.path.lexists(folder)
        and not (entries := find_entries(folder.absolute())).files
        and not entries.unreadable
    ):
        left = "".join(f"\n{note}" for note in entries.notes)
        raise UsageError(
            f"{folder} holds no file in a folder of a feed. Nothing was landed. Put files where their feed is named, "
            f"{folder}/<feed>/<any name>.csv; `warehouse feeds` lists the feeds.{left}"
        )
    if is_dry_run:
        return preview_path(settings, folder)
    with progress_shown() as show_progress:
        return land_path(settings, folder, source_time_zone=source_time_zone, show_progress=show_progress)


def _print(settings: Settings, report: "LandingReport", is_dry_run: bool) -> None:
    for batch in report.batches:
        print(batch.line(), file=sys.stderr if batch in report.rejected else sys.stdout)
    for note in report.notes:
        print(note)
    rejected = len(report.rejected)
    if is_dry_run:
        new = sum(batch.status == "new" for batch in report.batches)
        noun = "file" if not new or any(batch.byte_count is not None for batch in report.batches) else "table"
        print(
            f"{counted(new, noun)} would land in {settings.home}, {rejected} be rejected; nothing was changed"
        )
        return
    print(
        f"{report.rows_accepted} rows landed, {report.rows_quarantined} quarantined, {rejected} files rejected"
    )
    print(f"home {settings.home}; next: {_next_step(report)}")


def _next_step(report: "LandingReport") -> str:
    steps = []
    if report.rejected:
        steps.append("correct what was rejected and land it again")
    if report.rows_accepted or not report.rejected:
        steps.append("`warehouse increment` brings the figures up to date")
    if report.rows_quarantined:
        steps.append("`warehouse quarantine list` shows what was held back")
    return "; ".join(steps)


def _as_values(settings: Settings, report: "LandingReport", is_dry_run: bool) -> dict[str, Any]:
    return {
        "home": str(settings.home),
        "is_dry_run": is_dry_run,
        "rows_accepted": report.rows_accepted,
        "rows_quarantined": report.rows_quarantined,
        "rejected_count": len(report.rejected),
        "batches": [asdict(batch) for batch in report.batches],
        "notes": list(report.notes),
    }
