"""Rows that landing refused: listing them and showing one."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import UsageError
from ingest.foundation.fetch import fetch_row, fetch_rows
from ingest.foundation.settings import Settings
from ingest.raw.batches import IS_HELD, REVOKED_BATCHES
from ingest.raw.raw_file import has_raw, open_raw

_ROWS = f"""
    select quarantine_id, q.feed, source_name, batch_id, line, reason, detail, raw_text, quarantined_at,
        case when not {IS_HELD} then released_at end as released_at,
        case when not {IS_HELD} then released_by_batch_id end as released_by_batch_id
    from raw.quarantine q join raw.batches b using (batch_id)
"""


@dataclass(frozen=True)
class QuarantinedRow:
    """One record in quarantine, with where it came from. `raw_text` may hold personal data."""

    quarantine_id: str
    feed: str
    source_name: str
    batch_id: str
    line: int
    reason: str
    detail: str
    raw_text: str
    quarantined_at: datetime
    released_at: datetime | None
    released_by_batch_id: str | None


def list_quarantine(
    settings: Settings,
    *,
    feed: str | None = None,
    reason: str | None = None,
    include_released: bool = False,
    limit: int = 1000,
) -> list[QuarantinedRow]:
    """Rows in quarantine, oldest first. Raises UsageError for an unknown feed."""
    require_feed(feed)
    if not has_raw(settings):
        return []
    with closing(open_raw(settings, read_only=True)) as connection:
        rows = fetch_rows(
            connection,
            f"{_ROWS} where ($feed is null or q.feed = $feed) and ($reason is null or reason = $reason) "
            f"and ($released and batch_id not in ({REVOKED_BATCHES}) or {IS_HELD}) "
            "order by batch_id, line, quarantine_id limit $limit",
            {"feed": feed, "reason": reason, "released": include_released, "limit": limit},
        )
    return [QuarantinedRow(*row) for row in rows]


def show_quarantined(settings: Settings, quarantine_id: str) -> QuarantinedRow:
    """One row with its raw text. Raises UsageError if there is none of that id."""
    row = None
    if has_raw(settings):
        with closing(open_raw(settings, read_only=True)) as connection:
            row = fetch_row(connection, f"{_ROWS} where quarantine_id = ?", [quarantine_id])
    if row is None:
        raise UsageError(
            f"No quarantined row has the id {quarantine_id!r}. `warehouse quarantine list` shows the ids."
        )
    return QuarantinedRow(*row)


def require_feed(feed: str | None) -> None:
    if feed is not None and feed not in FEEDS:
        raise UsageError(f"Unknown feed {feed!r}. Feeds are: {', '.join(FEEDS)}.")
