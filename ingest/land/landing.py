"""Landing: files and tables into raw. One landing of one file is one transaction: its versions, its rejects
and its line in the ledger, or nothing.
"""

import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.check.drift import refuse_renamed_column, refuse_retyped_column
from ingest.check.values import CHECKED, checked_query
from ingest.contract.feeds import FEEDS, Feed
from ingest.contract.reasons import ROW_REASONS
from ingest.foundation.errors import RejectedFile, UnfinishedFile, UsageError, WarehouseError
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier
from ingest.land.ledger import (
    LANDED,
    REJECTED,
    Source,
    insert_batch,
    insert_quarantine,
    insert_rows,
    next_batch_id,
    one,
    utc,
)
from ingest.raw.build_file import open_build
from ingest.read.formats import Incoming, RowReject, read_relation, read_staged
from ingest.read.rates import convert_if_known
from ingest.read.stage import copy_content, is_temporary_name, printable, split_name, stage, unknown_format

_STAGING_PREFIX = "landing-"
ALREADY_LANDED = "already_landed"
LEFT = "left"


@dataclass(frozen=True)
class BatchReport:
    """What became of one file or table. `status`: landed, rejected, already_landed, left (for the next
    landing)."""

    feed: str
    source_name: str
    source_kind: str
    status: str
    batch_id: str | None = None
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    quarantine_reasons: dict[str, int] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()
    message: str = ""

    def line(self) -> str:
        """One line for people."""
        place = f"{self.feed}/{self.source_name}"
        if self.status == REJECTED:
            return f"{place}: rejected, nothing of it landed. {self.message}"
        if self.status == ALREADY_LANDED:
            return f"{place}: already landed ({self.message})"
        if self.status == LEFT:
            return f"{place}: left for the next landing: {self.message}"
        parts = [f"{self.rows_accepted} rows landed"]
        if self.rows_quarantined:
            reasons = ", ".join(
                f"{reason} {count}" for reason, count in sorted(self.quarantine_reasons.items())
            )
            parts.append(f"{self.rows_quarantined} quarantined ({reasons})")
        if self.unknown_columns:
            parts.append(f"unknown columns kept aside: {', '.join(map(printable, self.unknown_columns))}")
        return f"{place}: {'; '.join(parts)}"


@dataclass(frozen=True)
class LandingReport:
    """What became of everything below a landing folder. `notes` name what was left alone."""

    batches: tuple[BatchReport, ...]
    notes: tuple[str, ...] = ()

    @property
    def rejected(self) -> tuple[BatchReport, ...]:
        return tuple(batch for batch in self.batches if batch.status == REJECTED)

    @property
    def rows_accepted(self) -> int:
        return sum(batch.rows_accepted for batch in self.batches)

    @property
    def rows_quarantined(self) -> int:
        return sum(batch.rows_quarantined for batch in self.batches)

    @property
    def exit_status(self) -> int:
        """1 if a file was rejected, else 0; quarantined rows are no failure."""
        return 1 if self.rejected else 0

    def lines(self) -> list[str]:
        return [*(batch.line() for batch in self.batches), *self.notes]


# -------------------------------------------------------------------------------------------------------
# folders


def land_path(
    settings: Settings,
    path: Path | str,
    *,
    source_time_zone: str | None = None,
    landed_at: datetime | None = None,
) -> LandingReport:
    """Lands every new file below `path`: `<path>/<feed>/<any name>.<ext>`, feeds in contract order, names
    sorted.

    Folders of such landing folders (one a day, say) are landed one after the other, sorted by name. A single feed
    folder or file `<feed>/<name>` may be given too. `source_time_zone` is the zone of naive timestamps
    (default: the setting). Holds the writer lock. A rejected file does not stop the others. Raises
    UsageError if `path` does not exist, WarehouseError if the warehouse cannot be written.
    """
    path = Path(path).absolute()
    if not path.exists():
        raise UsageError(
            f"{path} does not exist. Nothing was landed. Give the folder that holds the feed folders."
        )
    with writer_lock(settings, f"land {path}"):
        connection = open_build(settings)
        try:
            return _land_entries(connection, settings, path, source_time_zone, landed_at)
        finally:
            connection.close()


def _land_entries(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    path: Path,
    source_time_zone: str | None,
    landed_at: datetime | None,
) -> LandingReport:
    notes: list[str] = []
    if path.is_file():
        if path.parent.name not in FEEDS:
            raise UsageError(
                f"{path} is not in a folder named for a feed. Nothing was landed. "
                f"Move it to a folder named one of: {', '.join(FEEDS)}."
            )
        root, entries = path.parent.parent, [(path.parent.name, path)]
    elif path.name in FEEDS and not _holds_feeds(path):
        root = path.parent
        entries, notes = _files_of(path.name, path)
    else:
        root = path
        entries, notes = _entries(path)
    batches = [
        land_file(
            connection,
            settings,
            feed,
            file,
            root=root,
            source_time_zone=source_time_zone,
            landed_at=landed_at,
        )
        for feed, file in entries
    ]
    return LandingReport(tuple(batches), tuple(notes))


def _entries(root: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """(feed, file) in landing order, and notes on what is left alone."""
    entries: list[tuple[str, Path]] = []
    notes: list[str] = []
    known = ", ".join(FEEDS)
    deeper: list[Path] = []
    for name in sorted(os.listdir(root)):
        if name in FEEDS or is_temporary_name(name):
            continue
        if _holds_feeds(root / name):
            deeper.append(root / name)
        elif (root / name).is_dir():
            notes.append(f"{printable(name)}/: unknown feed, left alone. Feeds are: {known}.")
        else:
            notes.append(
                f"{printable(name)}: not in a feed folder, left alone. Move it to a folder named one of: "
                f"{known}."
            )
    for feed in FEEDS:
        folder = root / feed
        if folder.is_dir():
            files, left = _files_of(feed, folder)
            entries += files
            notes += left
        elif folder.exists():
            notes.append(f"{feed}: named like a feed but not a folder, left alone.")
    for folder in deeper:
        files, left = _entries(folder)
        entries += files
        notes += [f"{printable(folder.name)}/{note}" for note in left]
    return entries, notes


def _holds_feeds(folder: Path) -> bool:
    """Whether a folder (no link) is itself a landing folder, or a folder of such."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    names = os.listdir(folder)
    return any(
        (folder / name).is_dir() if name in FEEDS else _holds_feeds(folder / name)
        for name in names
        if not is_temporary_name(name)
    )


def _files_of(feed: str, folder: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    entries: list[tuple[str, Path]] = []
    notes: list[str] = []
    for name in sorted(os.listdir(folder)):
        file = folder / name
        if is_temporary_name(name):
            notes.append(f"{feed}/{printable(name)}: hidden or temporary, left alone.")
        elif file.is_dir() and split_name(name)[0] is None:
            notes.append(f"{feed}/{printable(name)}/: a folder inside a feed folder, left alone.")
        else:
            entries.append((feed, file))
    return entries, notes


# --------------------------------------------------------------------------------------------------------
# batches


def land_file(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: str,
    path: Path,
    *,
    root: Path | None = None,
    source_time_zone: str | None = None,
    landed_at: datetime | None = None,
) -> BatchReport:
    """Lands one file; the caller holds the writer lock. `root`: the folder links may not lead out of.

    A file that cannot land is recorded in the ledger as rejected and reported, not raised.
    """
    declared = FEEDS[feed]
    source = Source(
        name=printable(path.name),
        kind=split_name(path.name)[0] or "unknown",
        time_zone=source_time_zone or settings.source_time_zone,
        landed_at=utc(landed_at),
    )
    try:
        real = _within(root or path.parent, path)
        with _staging_folder(settings) as folder:
            incoming = _read_file(connection, declared, source, real, Path(folder))
            if isinstance(incoming, str):
                return BatchReport(
                    feed, source.name, source.kind, ALREADY_LANDED, message=f"batch {incoming}"
                )
            return _land(connection, declared, source, incoming)
    except UnfinishedFile as reason:
        return BatchReport(feed, source.name, source.kind, LEFT, message=str(reason))
    except RejectedFile as rejection:
        return _record_rejection(connection, declared, source, rejection)


def land_relation(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: str,
    relation: Any,
    *,
    source_name: str,
    source_kind: str,
    content_hash: str | None = None,
    byte_count: int | None = None,
    source_time_zone: str | None = None,
    landed_at: datetime | None = None,
    line_column: str | None = None,
    rejects: Sequence[RowReject] = (),
    in_transaction: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
) -> BatchReport:
    """Lands a table as one batch; the caller holds the writer lock.

    `relation` is the name of a table or view on the connection, a pyarrow Table, a pandas frame or a DuckDB
    relation; its columns may have any type. With a `content_hash` the same content lands once. `line_column`
    names a column that holds the rows' line numbers (else they count from 1). `rejects` are records that the
    caller already refused, with line numbers of their own; they count as read and are quarantined.
    `in_transaction` runs inside the landing's transaction: a cursor that it moves moves only with the rows.
    """
    declared = FEEDS[feed]
    source = Source(
        name=printable(source_name),
        kind=source_kind,
        time_zone=source_time_zone or settings.source_time_zone,
        landed_at=utc(landed_at),
        content_hash=content_hash,
        byte_count=byte_count,
    )
    earlier = _landed_before(connection, feed, content_hash) if content_hash else None
    if earlier:
        return BatchReport(feed, source.name, source_kind, ALREADY_LANDED, message=f"batch {earlier}")
    try:
        incoming = read_relation(connection, declared, relation, source_kind, line_column)
        incoming.rejects.extend(rejects)
        return _land(connection, declared, source, incoming, in_transaction)
    except RejectedFile as rejection:
        return _record_rejection(connection, declared, source, rejection)


def _within(root: Path, path: Path) -> Path:
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(root)):
        raise RejectedFile(
            "outside_landing_folder",
            "it is a link that leads out of the landing folder; put the file itself there",
        )
    return real


def _staging_folder(settings: Settings) -> tempfile.TemporaryDirectory[str]:
    """A private folder on the warehouse's own disk; what a killed landing left there is removed."""
    parent = settings.build_path.parent
    for leftover in parent.glob(f"{_STAGING_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=_STAGING_PREFIX, dir=parent)


def _landed_before(connection: duckdb.DuckDBPyConnection, feed: str, content_hash: str) -> str | None:
    row = connection.execute(
        "select min(batch_id) from raw.batches where feed = ? and content_hash = ? and status = 'landed'",
        [feed, content_hash],
    ).fetchone()
    return row[0] if row else None


def _read_file(
    connection: duckdb.DuckDBPyConnection, feed: Feed, source: Source, path: Path, folder: Path
) -> Incoming | str:
    """What the file delivers, or the batch that has already landed the same content."""
    kind = split_name(path.name)[0]
    may_be_rates = feed.name == "fx_rates" and kind != "parquet"
    if kind is None and may_be_rates:
        # Publishers of rates deliver spreadsheets, pages and archives too.
        content = folder / "content"
        source.content_hash, source.byte_count = copy_content(path, content)
    else:
        staged = stage(path, folder)
        content = staged.path
        source.content_hash, source.byte_count = staged.content_hash, staged.byte_count
    earlier = _landed_before(connection, feed.name, source.content_hash)
    if earlier:
        return earlier
    rejection = unknown_format()
    if kind is not None:
        try:
            return read_staged(connection, feed, staged)
        except RejectedFile as error:
            rejection = error
    rates = convert_if_known(content.read_bytes(), path.name) if may_be_rates else None
    if rates is None:
        raise rejection
    if not rates:
        raise RejectedFile("empty_file", "the table of rates has no row; deliver it again or remove it")
    columns = list(rates[0])
    table = pa.table({column: pa.array([row[column] for row in rates], pa.string()) for column in columns})
    return read_relation(connection, feed, table, source.kind)


def _land(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    source: Source,
    incoming: Incoming,
    in_transaction: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
) -> BatchReport:
    connection.execute(
        checked_query(feed, incoming.columns, source.time_zone, may_hold_nul=incoming.may_hold_nul)
    )
    refuse_retyped_column(connection, feed, incoming)
    refuse_renamed_column(connection, feed, incoming)
    source.layout = incoming.layout
    line = "_line" if incoming.line_offset is None else f"rowid + {incoming.line_offset}"
    rejects = [*incoming.rejects, *_value_rejects(connection, feed, incoming, line)]
    rows_read = one(connection, f"select count(*) from {CHECKED}") + len(incoming.rejects)
    batch_id = next_batch_id(connection)
    connection.execute("begin")
    try:
        accepted, first, last = insert_rows(connection, feed, batch_id, line)
        if rows_read != accepted + len(rejects):
            raise WarehouseError(
                f"{feed.name}/{source.name}: {rows_read} rows read, but {accepted} accepted and "
                f"{len(rejects)} quarantined. The landing was rolled back; this is a bug in the reader: "
                "please report it."
            )
        insert_quarantine(connection, feed, batch_id, source.landed_at, rejects)
        insert_batch(
            connection,
            feed,
            source,
            batch_id=batch_id,
            status=LANDED,
            rows_read=rows_read,
            rows_accepted=accepted,
            rows_quarantined=len(rejects),
            unknown_columns=json.dumps(list(incoming.unknown_columns), ensure_ascii=False),
            first_landing_seq=first,
            last_landing_seq=last,
        )
        if in_transaction:
            in_transaction(connection)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return BatchReport(
        feed.name,
        source.name,
        source.kind,
        LANDED,
        batch_id,
        rows_read,
        accepted,
        len(rejects),
        dict(Counter(reject.reason for reject in rejects)),
        incoming.unknown_columns,
    )


def _value_rejects(
    connection: duckdb.DuckDBPyConnection, feed: Feed, incoming: Incoming, line: str
) -> list[RowReject]:
    rows = connection.execute(
        f"select {line}, split_part(_reject, '|', 1), split_part(_reject, '|', 2) "
        f"from {CHECKED} where _reject is not null order by rowid"
    ).fetchall()
    if not rows:
        return []
    texts = incoming.raw_texts(connection, [number for number, *_ in rows])
    codes = _unknown_codes(connection, feed, line) if any(row[1] == "unknown_code" for row in rows) else {}
    return [
        RowReject(
            number, reason, f"column {column}{codes.get(number, '')}: {ROW_REASONS[reason]}", texts[number]
        )
        for number, reason, column in rows
    ]


def _unknown_codes(connection: duckdb.DuckDBPyConnection, feed: Feed, line: str) -> dict[int, str]:
    """The unknown codes by line, so that a person knows what to add to the list.

    Only what looks like a code: a shifted row could have anything in the column, and details get published.
    """
    closed = [column.name for column in feed.columns if column.type == "code"]
    branches = " ".join(f"when 'unknown_code|{name}' then {quote_identifier(name)}" for name in closed)
    rows = connection.execute(
        f"select {line}, case _reject {branches} end as code from {CHECKED} "
        "where starts_with(_reject, 'unknown_code')"
    ).fetchall()
    return {number: f" '{code}'" for number, code in rows if re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", code)}


def _record_rejection(
    connection: duckdb.DuckDBPyConnection, feed: Feed, source: Source, rejection: RejectedFile
) -> BatchReport:
    """Writes the rejection into the ledger, once for the same content and reason."""
    reason = f"{rejection.code}: {rejection}"
    batch_id = one(
        connection,
        "select max(batch_id) from raw.batches where feed = ? and source_name = ? and rejected_reason = ? "
        "and content_hash is not distinct from ?",
        [feed.name, source.name, reason, source.content_hash],
    )
    if batch_id is None:
        batch_id = next_batch_id(connection)
        insert_batch(connection, feed, source, batch_id=batch_id, status=REJECTED, rejected_reason=reason)
    return BatchReport(feed.name, source.name, source.kind, REJECTED, batch_id, message=f"{reason}.")
