"""What `--dry-run` of increment and calibrate prints."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ingest.foundation.clock import minute_text, zone_label
from ingest.foundation.settings import Settings
from orchestration.commands.output import as_json, counted

if TYPE_CHECKING:
    from orchestration.runs.preview import Preview

_SHOWN_FILES = 10


def print_preview(settings: Settings, preview: "Preview", would: str, *, is_json: bool) -> None:
    """`would` says in a few words what the run would be."""
    if is_json:
        values = {"is_dry_run": True, "would": would, **asdict(preview)}
        print(json.dumps(as_json(values), ensure_ascii=False, indent=2))
        return
    zone = ZoneInfo(settings.business_time_zone)
    published = (
        f"as of {minute_text(preview.published_as_of, zone)}" if preview.published_as_of else "nothing yet"
    )
    pending = ", ".join(f"{feed} {count}" for feed, count in preview.pending.items())
    orders = ", ".join(f"{business_type} {count}" for business_type, count in preview.orders.items())
    dates = preview.dates
    print(f"would run: {would}")
    print(
        f"as of {minute_text(preview.as_of, zone)} {zone_label(preview.as_of, zone)}; published: {published}"
    )
    print(f"pending: {counted(sum(preview.pending.values()), 'row')}{': ' if pending else ''}{pending}")
    for file in preview.files[:_SHOWN_FILES]:
        print(f"  {file}")
    if len(preview.files) > _SHOWN_FILES:
        print(f"  and {counted(len(preview.files) - _SHOWN_FILES, 'file')} more")
    print(f"orders touched: {orders or 'none'}")
    print(f"dates touched: {f'{len(dates)}, from {dates[0]} to {dates[-1]}' if dates else 'none'}")
    print("nothing was changed")
