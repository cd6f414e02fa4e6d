"""Quarantined rows: listing them, showing one, and retrying them by the present rules after a fix."""

import io
import itertools
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

import duckdb

from ingest.check.values import CHECKED, checked_query
from ingest.contract.feeds import FEEDS, Feed
from ingest.contract.reasons import NOT_RETRIED
from ingest.foundation.errors import UsageError
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from ingest.land.ledger import LANDED, Source, insert_batch, insert_rows, next_batch_id, one, utc
from ingest.raw.build_file import open_build
from ingest.read.csv import csv_records
from ingest.read.delivery import RowWriter, match_header
from ingest.read.jsonl import JsonRowParser, RowFault

RETRY_KIND = "quarantine_retry"

_ROWS = """
    select quarantine_id, q.feed, source_name, q.batch_id, line, reason, detail, raw_text, quarantined_at,
        released_at, released_by_batch_id
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


@dataclass(frozen=True)
class RetryReport:
    """What became of retried rows: landed now, superseded by a later delivery of the key, or still held."""

    landed_count: int = 0
    superseded_count: int = 0
    held_count: int = 0
    held_reasons: dict[str, int] = field(default_factory=dict)
    batch_ids: tuple[str, ...] = ()

    def line(self) -> str:
        """One line for people."""
        held = ", ".join(f"{reason} {count}" for reason, count in sorted(self.held_reasons.items()))
        return (
            f"{self.landed_count} rows landed, {self.superseded_count} superseded by a corrected delivery, "
            f"{self.held_count} still in quarantine{f' ({held})' if held else ''}"
        )


def list_quarantine(
    settings: Settings,
    *,
    feed: str | None = None,
    reason: str | None = None,
    include_released: bool = False,
    limit: int = 1000,
) -> list[QuarantinedRow]:
    """Rows in quarantine, oldest first. Raises UsageError for an unknown feed."""
    _require_feed(feed)
    connection = open_build(settings)
    try:
        rows = connection.execute(
            f"{_ROWS} where ($feed is null or q.feed = $feed) and ($reason is null or reason = $reason) "
            "and ($released or released_at is null) order by q.batch_id, line, quarantine_id limit $limit",
            {"feed": feed, "reason": reason, "released": include_released, "limit": limit},
        ).fetchall()
    finally:
        connection.close()
    return [QuarantinedRow(*row) for row in rows]


def show_quarantined(settings: Settings, quarantine_id: str) -> QuarantinedRow:
    """One row with its raw text. Raises UsageError if there is none of that id."""
    connection = open_build(settings)
    try:
        row = connection.execute(f"{_ROWS} where quarantine_id = ?", [quarantine_id]).fetchone()
    finally:
        connection.close()
    if row is None:
        raise UsageError(
            f"No quarantined row has the id {quarantine_id!r}. `warehouse quarantine list` shows the ids."
        )
    return QuarantinedRow(*row)


def retry_quarantine(
    settings: Settings, *, feed: str | None = None, landed_at: datetime | None = None
) -> RetryReport:
    """Reads every held row again by the present rules; holds the writer lock.

    A row that passes lands in a new batch of kind `quarantine_retry` that names the batch it came from and
    keeps its line. A row whose key was delivered again since, in a version at least as new, is released
    without landing: landing the old one after it would make it the current version (R16). Rows stay
    in quarantine with `released_at` and `released_by_batch_id`. One transaction per original batch.
    """
    _require_feed(feed)
    reports: list[RetryReport] = []
    with writer_lock(settings, "retry the quarantine"):
        connection = open_build(settings)
        try:
            batches = connection.execute(
                "select distinct batch_id, feed from raw.quarantine where released_at is null "
                "and (? is null or feed = ?) order by batch_id",
                [feed, feed],
            ).fetchall()
            for batch_id, name in batches:
                reports.append(_retry_batch(connection, FEEDS[name], batch_id, utc(landed_at)))
        finally:
            connection.close()
    held: Counter[str] = Counter()
    for report in reports:
        held.update(report.held_reasons)
    return RetryReport(
        sum(report.landed_count for report in reports),
        sum(report.superseded_count for report in reports),
        sum(report.held_count for report in reports),
        dict(held),
        tuple(itertools.chain.from_iterable(report.batch_ids for report in reports)),
    )


def _require_feed(feed: str | None) -> None:
    if feed is not None and feed not in FEEDS:
        raise UsageError(f"Unknown feed {feed!r}. Feeds are: {', '.join(FEEDS)}.")


def _retry_batch(
    connection: duckdb.DuckDBPyConnection, feed: Feed, original_id: str, at: datetime
) -> RetryReport:
    held = connection.execute(
        "select quarantine_id, line, reason, raw_text from raw.quarantine "
        "where batch_id = ? and released_at is null order by line, quarantine_id",
        [original_id],
    ).fetchall()
    source_name, time_zone, layout = one(
        connection,
        "select source_name, source_time_zone, source_layout from raw.batches where batch_id = ?",
        [original_id],
    )
    quarantine_ids = _parse_again(
        connection, feed, layout, [row for row in held if row[2] not in NOT_RETRIED]
    )
    connection.execute(checked_query(feed, feed.column_names, time_zone, may_hold_nul=True))
    # The position in CHECKED stands for the quarantined row from here on.
    superseded = _superseded(connection, feed, original_id)
    if superseded:
        positions = ", ".join(str(position) for position in superseded)
        connection.execute(f"update {CHECKED} set _reject = 'superseded|' where rowid in ({positions})")
    outcome = dict(connection.execute(f"select rowid, _reject from {CHECKED}").fetchall())
    landing = [position for position, reject in outcome.items() if reject is None]
    batch_ids: tuple[str, ...] = ()
    connection.execute("begin")
    try:
        if landing:
            batch_id = next_batch_id(connection)
            count, first, last = insert_rows(connection, feed, batch_id, "_line")
            source = Source(
                source_name, RETRY_KIND, time_zone, at, layout=layout, retry_of_batch_id=original_id
            )
            insert_batch(
                connection,
                feed,
                source,
                batch_id=batch_id,
                status=LANDED,
                rows_read=count,
                rows_accepted=count,
                first_landing_seq=first,
                last_landing_seq=last,
            )
            _release(connection, [quarantine_ids[position] for position in landing], batch_id, at)
            batch_ids = (batch_id,)
        for later_id in sorted(set(superseded.values())):
            overtaken = [quarantine_ids[p] for p, by in superseded.items() if by == later_id]
            _release(connection, overtaken, later_id, at)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    released = {quarantine_ids[position] for position in (*landing, *superseded)}
    still_held = Counter(row[2] for row in held if row[0] not in released)
    return RetryReport(len(landing), len(superseded), still_held.total(), dict(still_held), batch_ids)


def _parse_again(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    layout: str | None,
    held: list[tuple[str, int, str, str]],
) -> list[str]:
    """Makes `INCOMING` from raw texts; returns the quarantine ids of its rows, in their order."""
    described = json.loads(layout) if layout else {}
    delimiter: str = described.get("delimiter", "")
    header = match_header(feed, described["columns"]) if delimiter else None
    parser = JsonRowParser(feed)
    writer = RowWriter(connection, feed.column_names)
    quarantine_ids: list[str] = []
    for quarantine_id, line, _, raw_text in held:
        if header is None:
            parsed = parser.parse(raw_text)
            if isinstance(parsed, RowFault):
                continue
            writer.add((*parsed.values, parsed.extra, line))
        else:
            width = len(header.found)
            lines = enumerate(io.StringIO(raw_text, newline=""), start=1)
            records = list(csv_records(lines, delimiter, width))
            if len(records) != 1 or records[0].fault or len(records[0].fields) != width:
                continue
            values = dict(
                zip(header.known.values(), itemgetter(*header.known)(records[0].fields), strict=True)
            )
            extra = header.extra(records[0].fields)
            writer.add((*(values.get(name) for name in feed.column_names), extra, line))
        quarantine_ids.append(quarantine_id)
    writer.flush()
    return quarantine_ids


def _superseded(connection: duckdb.DuckDBPyConnection, feed: Feed, original_id: str) -> dict[int, str]:
    """Rows of `CHECKED` whose key landed after their batch in a version at least as new: position -> that
    batch."""
    same_key = " and ".join(
        f"landed.{quote_identifier(name)} = held.{quote_identifier(name)}" for name in feed.key
    )
    as_new = (
        "and (held.updated_at is null or landed.updated_at >= held.updated_at)"
        if "updated_at" in feed.column_names
        else ""
    )
    rows = connection.execute(
        f"select held.rowid, max(landed._batch_id) from {CHECKED} held join raw.{feed.name} landed "
        f"on {same_key} and landed._batch_id > ? {as_new} group by all",
        [original_id],
    ).fetchall()
    return dict(rows)


def _release(
    connection: duckdb.DuckDBPyConnection, quarantine_ids: list[str], batch_id: str, at: datetime
) -> None:
    connection.executemany(
        "update raw.quarantine set released_at = ?, released_by_batch_id = ? where quarantine_id = ?",
        [[at, batch_id, quarantine_id] for quarantine_id in quarantine_ids],
    )
