"""`warehouse quarantine list|show|retry`: the rows that landing could not read or modelling refused."""

import json
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from ingest.foundation.clock import minute_text
from ingest.foundation.settings import Settings
from ingest.foundation.shown import printable
from orchestration.commands.options import Group, json_option, pass_settings
from orchestration.commands.output import as_json, as_text, counted


@click.group(cls=Group)
def quarantine() -> None:
    """Rows that landing or modelling refused: list, show, retry."""


@quarantine.command("list")
@click.option("--feed", metavar="FEED", help="Only this feed.")
@click.option("--reason", metavar="REASON", help="Only this reason, such as not_a_number.")
@click.option("--released", "include_released", is_flag=True, help="Released rows too.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    metavar="N",
    help="At most N rows (default 1000).",
)
@json_option
@pass_settings
def list_rows(
    settings: Settings,
    *,
    feed: str | None,
    reason: str | None,
    include_released: bool,
    limit: int,
    is_json: bool,
) -> None:
    """The rows in quarantine, oldest first, without their text."""
    from orchestration.reading.landed import require_landed
    from orchestration.reading.quarantine import list_held

    require_landed(settings)
    rows = list_held(settings, feed=feed, reason=reason, include_released=include_released, limit=limit)
    if is_json:
        # The text of a row may hold personal data; `show` has it.
        found = [{name: value for name, value in asdict(row).items() if name != "raw_text"} for row in rows]
        print(json.dumps(as_json(found), ensure_ascii=False, indent=2))
        return
    zone = ZoneInfo(settings.business_time_zone)
    for row in rows:
        released = f", released {minute_text(row.released_at, zone)} ({zone.key})" if row.released_at else ""
        place = f"{row.feed}/{row.source_name}:{row.line}"
        print(printable(f"{row.quarantine_id}  {place}  {row.reason}  {row.detail or ''}{released}"))
    is_cut = len(rows) == limit
    print(
        f"{'the first ' if is_cut else ''}{counted(len(rows), 'row')}{', --limit shows more' if is_cut else ''}"
    )


@quarantine.command("show")
@click.argument("quarantine_id", metavar="ID")
@pass_settings
def show_row(settings: Settings, *, quarantine_id: str) -> None:
    """One row with its text, which may hold personal data.

    ID is as `warehouse quarantine list` prints it.
    """
    from orchestration.reading.landed import require_landed
    from orchestration.reading.quarantine import show_held

    require_landed(settings)
    row = show_held(settings, quarantine_id)
    zone = ZoneInfo(settings.business_time_zone)
    for name, value in asdict(row).items():
        if name != "raw_text" and value is not None:
            is_instant = isinstance(value, datetime)
            shown = f"{minute_text(value, zone)} ({zone.key})" if is_instant else as_text(value)
            print(f"{name:<24}{shown}")
    # A record may have several lines.
    print(printable(row.raw_text or "", kept="\n\t"))


@quarantine.command("retry")
@click.option("--feed", metavar="FEED", help="Only this feed.")
@pass_settings
def retry_rows(settings: Settings, *, feed: str | None) -> None:
    """Read every held row again.

    To be used after a code list or a setting was mended.
    """
    from ingest.land.retry import retry_quarantine
    from orchestration.reading.landed import require_landed

    require_landed(settings)
    report = retry_quarantine(settings, feed=feed)
    print(report.line())
    if report.landed_count:
        print("`warehouse increment` takes them up.")
