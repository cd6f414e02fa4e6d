"""How commands print values: for people, and as JSON for programs."""

from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingest.foundation.clock import in_zone
from ingest.foundation.settings import Settings
from ingest.foundation.shown import printable

if TYPE_CHECKING:
    from orchestration.runs.run import RunReport


def as_text(value: Any, zone: ZoneInfo | None = None) -> str:
    """A value on one line for people, safe in a terminal; NULL is said.

    Stored instants are shown on the clock of `zone`, to the second.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, datetime) and zone is not None:
        return f"{in_zone(value, zone):%Y-%m-%d %H:%M:%S}"
    return printable(str(value))


def as_json(value: Any) -> Any:
    """A value that JSON has. Money is text, so that no reader makes a float of it; instants are UTC."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    # JSON has no infinity.
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def counted(count: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def run_values(settings: Settings, report: "RunReport") -> dict[str, Any]:
    """What one run did, for programs."""
    return {
        "home": str(settings.home),
        "run_id": report.run_id if report.is_published else None,
        "kind": report.kind,
        "is_full_refresh": report.is_full_refresh,
        "is_published": report.is_published,
        "as_of_at": as_json(report.as_of),
        "pending": report.pending,
        "restated_count": report.restated_count,
        "seconds": round(report.seconds, 3),
        "damaged_path": as_json(report.damaged_path),
        "published_path": str(settings.published_path),
    }
