"""`warehouse quarantine list|show|retry`: the rows that landing could not read."""

import argparse
import json
from dataclasses import asdict

from ingest.foundation.settings import Settings
from orchestration.commands.arguments import Commands, positive
from orchestration.commands.output import as_json, counted


def add(commands: Commands) -> None:
    group = commands.add_group("quarantine", "rows that landing could not read: list, show, retry")
    listing = group.add("list", list_rows, "the rows in quarantine, oldest first, without their text")
    listing.add_argument("--feed", metavar="FEED", help="only this feed")
    listing.add_argument("--reason", metavar="REASON", help="only this reason, such as not_a_number")
    listing.add_argument("--released", action="store_true", help="released rows too")
    listing.add_argument(
        "--limit", type=positive, default=1000, metavar="N", help="at most N rows (default 1000)"
    )
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    show = group.add("show", show_row, "one row with its text, which may hold personal data")
    show.add_argument("quarantine_id", metavar="ID", help="as `warehouse quarantine list` prints it")
    retry = group.add(
        "retry",
        retry_rows,
        "read every held row again, after a code list or a setting was mended",
    )
    retry.add_argument("--feed", metavar="FEED", help="only this feed")


def list_rows(settings: Settings, arguments: argparse.Namespace) -> int:
    from ingest.land.quarantine import list_quarantine
    from orchestration.reading.published import build_held

    with build_held(settings, "quarantine list"):
        rows = list_quarantine(
            settings,
            feed=arguments.feed,
            reason=arguments.reason,
            include_released=arguments.released,
            limit=arguments.limit,
        )
    if arguments.json:
        # The text of a row may hold personal data; `show` has it.
        found = [{name: value for name, value in asdict(row).items() if name != "raw_text"} for row in rows]
        print(json.dumps(as_json(found), ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        released = f", released {row.released_at:%Y-%m-%d %H:%M} UTC" if row.released_at else ""
        place = f"{row.feed}/{row.source_name}:{row.line}"
        print(f"{row.quarantine_id}  {place}  {row.reason}  {row.detail or ''}{released}")
    is_cut = len(rows) == arguments.limit
    print(
        f"{'the first ' if is_cut else ''}{counted(len(rows), 'row')} of landing"
        f"{', --limit shows more' if is_cut else ''}; what modelling refused is in audit.quarantine"
    )
    return 0


def show_row(settings: Settings, arguments: argparse.Namespace) -> int:
    from ingest.land.quarantine import show_quarantined
    from orchestration.reading.published import build_held

    with build_held(settings, "quarantine show"):
        row = show_quarantined(settings, arguments.quarantine_id)
    for name, value in asdict(row).items():
        if name != "raw_text" and value is not None:
            print(f"{name:<24}{value}")
    print(row.raw_text)
    return 0


def retry_rows(settings: Settings, arguments: argparse.Namespace) -> int:
    from ingest.land.quarantine import retry_quarantine
    from orchestration.reading.published import require_build

    require_build(settings)
    report = retry_quarantine(settings, feed=arguments.feed)
    print(report.line())
    if report.landed_count:
        print("`warehouse increment` takes them up.")
    return 0
