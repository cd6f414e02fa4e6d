"""The latest version wins (R16)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.support.ledger.feeds import KEYS, RawRow, Row, read_row

# A row without updated_at is the oldest of its key.
_OLDEST = datetime.min.replace(tzinfo=UTC)


def current_versions(feed: str, rows: Iterable[RawRow], source_zone: ZoneInfo) -> dict[tuple, Row]:
    """The current version of each key, deleted ones included; `rows` in landing order."""
    current: dict[tuple, tuple[datetime, Row]] = {}
    for raw_row in rows:
        row = read_row(feed, raw_row, source_zone)
        key = tuple(row[column] for column in KEYS[feed])
        updated_at = row.get("updated_at") or _OLDEST
        # An equal updated_at is won by the later landing.
        if key not in current or updated_at >= current[key][0]:
            current[key] = (updated_at, row)
    return {key: row for key, (_, row) in current.items()}


def version_history(feed: str, rows: Iterable[RawRow], source_zone: ZoneInfo) -> list[Row]:
    """Every version of every key, oldest first by (updated_at, landing order); `rows` in landing order."""
    versions = [read_row(feed, raw_row, source_zone) for raw_row in rows]
    return sorted(versions, key=lambda row: row.get("updated_at") or _OLDEST)


def without_deleted(versions: dict[tuple, Row]) -> dict[tuple, Row]:
    return {key: row for key, row in versions.items() if not row.get("is_deleted")}
