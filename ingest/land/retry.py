"""Retrying quarantined rows by the present rules, after a fix."""

import io
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

import duckdb

from ingest.check.check import Checked
from ingest.check.forgiving import check_forgivingly
from ingest.contract.aliases import Aliases, load_aliases
from ingest.contract.feeds import FEEDS, Feed
from ingest.contract.reasons import NOT_RETRIED
from ingest.foundation.clock import naive_utc, now
from ingest.foundation.fetch import fetch_row, fetch_rows
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from ingest.land.ledger import Source, insert_checked
from ingest.land.quarantine import require_feed
from ingest.raw.batches import IS_HELD, REVOKED_BATCHES
from ingest.raw.raw_file import open_raw
from ingest.read.csv import csv_records
from ingest.read.delivery import Delivery, RowWriter, match_header
from ingest.read.json_row import JsonRowParser, RowFault

RETRY_KIND = "quarantine_retry"


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


def retry_quarantine(
    settings: Settings, *, feed: str | None = None, landed_at: datetime | None = None
) -> RetryReport:
    """Reads every held row again by the present rules; holds the writer lock.

    A row that passes lands in a new batch of kind `quarantine_retry` that names the batch it came from and
    keeps its line. A row whose key was delivered again since, in a version at least as new, is released
    without landing: landing the old one after it would make it the current version (R16). Rows stay
    in quarantine with `released_at` and `released_by_batch_id`. One transaction per original batch.
    """
    require_feed(feed)
    aliases = load_aliases(settings.aliases_path)
    reports: list[RetryReport] = []
    with writer_lock(settings, "retry the quarantine"), closing(open_raw(settings)) as connection:
        batches = fetch_rows(
            connection,
            f"select distinct batch_id, feed from raw.quarantine where {IS_HELD} "
            "and (? is null or feed = ?) order by batch_id",
            [feed, feed],
        )
        for batch_id, name in batches:
            at = naive_utc(landed_at or now())
            reports.append(_retry_batch(connection, FEEDS[name], batch_id, at, aliases))
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


def _retry_batch(
    connection: duckdb.DuckDBPyConnection, feed: Feed, original_id: str, at: datetime, aliases: Aliases
) -> RetryReport:
    held = fetch_rows(
        connection,
        "select quarantine_id, line, reason, raw_text from raw.quarantine "
        f"where batch_id = ? and {IS_HELD} order by line, quarantine_id",
        [original_id],
    )
    source_name, time_zone, layout = fetch_row(
        connection,
        "select source_name, source_time_zone, source_layout from raw.batches where batch_id = ?",
        [original_id],
    ) or (original_id, "UTC", None)
    again = _parse_again(
        connection, feed, layout, [row for row in held if row[3] and row[2] not in NOT_RETRIED]
    )
    table, _ = check_forgivingly(connection, again.delivery, time_zone, aliases)
    # The position in the checked table stands for the quarantined row from here on.
    superseded = _superseded(connection, feed, table, original_id)
    if superseded:
        positions = ", ".join(str(position) for position in superseded)
        connection.execute(f"update {table} set _reject = 'superseded|' where rowid in ({positions})")
    landing = [
        position for (position,) in fetch_rows(connection, f"select rowid from {table} where _reject is null")
    ]
    checked = Checked(again.delivery, table, row_count=len(landing), rejects=())
    batch_ids: tuple[str, ...] = ()
    connection.execute("begin")
    try:
        if landing:
            source = Source(source_name, RETRY_KIND, time_zone, at, retry_of_batch_id=original_id)
            batch_id = insert_checked(connection, source, checked)
            _release(connection, [again.quarantine_ids[position] for position in landing], batch_id, at)
            batch_ids = (batch_id,)
        for later_id in sorted(set(superseded.values())):
            overtaken = [again.quarantine_ids[p] for p, by in superseded.items() if by == later_id]
            _release(connection, overtaken, later_id, at)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        checked.drop(connection)
    released = {again.quarantine_ids[position] for position in (*landing, *superseded)}
    still_held = Counter(row[2] for row in held if row[0] not in released)
    return RetryReport(len(landing), len(superseded), still_held.total(), dict(still_held), batch_ids)


@dataclass(frozen=True)
class _ParsedAgain:
    """The held rows that can be parsed, and their quarantine ids in the same order."""

    delivery: Delivery
    quarantine_ids: tuple[str, ...]


def _parse_again(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    layout: str | None,
    held: Sequence[tuple[str, int, str, str]],
) -> _ParsedAgain:
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
    delivery = Delivery(
        feed, RETRY_KIND, writer.table, columns=feed.column_names, unknown_columns=(), layout=layout
    )
    return _ParsedAgain(delivery, tuple(quarantine_ids))


def _superseded(
    connection: duckdb.DuckDBPyConnection, feed: Feed, table: str, original_id: str
) -> dict[int, str]:
    """Checked rows whose key landed after their batch in a version at least as new: position -> that batch."""
    same_key = " and ".join(
        f"landed.{quote_identifier(name)} = held.{quote_identifier(name)}" for name in feed.key
    )
    as_new = (
        "and (held.updated_at is null or landed.updated_at >= held.updated_at)"
        if "updated_at" in feed.column_names
        else ""
    )
    return dict(
        fetch_rows(
            connection,
            f"select held.rowid, max(landed._batch_id) from {table} held join raw.{feed.name} landed "
            f"on {same_key} and landed._batch_id > ? and landed._batch_id not in ({REVOKED_BATCHES}) {as_new} group by all",
            [original_id],
        )
    )


def _release(
    connection: duckdb.DuckDBPyConnection, quarantine_ids: list[str], batch_id: str, at: datetime
) -> None:
    connection.executemany(
        "update raw.quarantine set released_at = ?, released_by_batch_id = ? where quarantine_id = ?",
        [[at, batch_id, quarantine_id] for quarantine_id in quarantine_ids],
    )
