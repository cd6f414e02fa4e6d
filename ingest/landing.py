"""Landing: files and tables into raw. One landing of one file is one transaction: its versions, its rejects and
its line in the ledger, or nothing.
"""

import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.errors import RejectedFile, UnfinishedFile, UsageError, WarehouseError
from ingest.feeds import FEEDS, Feed
from ingest.files import StagedFile, is_temporary_name, printable, split_name, stage
from ingest.readers import Incoming, RowReject, read_relation, read_staged
from ingest.reasons import ROW_REASONS, TYPE_REASONS
from ingest.settings import Settings
from ingest.values import CHECKED, checked_query
from ingest.warehouse import open_build, quote_identifier, writer_lock

_STAGING_PREFIX = "landing-"
# From this many values on, this share of unreadable ones in a column means that the column changed, not that rows are bad.
_RETYPED_MINIMUM_VALUES = 20
_RETYPED_SHARE = 0.5

LANDED = "landed"
REJECTED = "rejected"
ALREADY_LANDED = "already_landed"
LEFT = "left"


@dataclass(frozen=True)
class BatchReport:
    """What became of one file or table. `status`: landed, rejected, already_landed, left (for the next landing)."""

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
        """1 if a file was rejected, else 0; quarantined rows are no failure (CONTRACT section 4)."""
        return 1 if self.rejected else 0

    def lines(self) -> list[str]:
        return [*(batch.line() for batch in self.batches), *self.notes]


# ------------------------------------------------------------------------------------------------------- folders


def land_path(
    settings: Settings,
    path: Path | str,
    *,
    source_time_zone: str | None = None,
    landed_at: datetime | None = None,
) -> LandingReport:
    """Lands every new file below `path`: `<path>/<feed>/<any name>.<ext>`, feeds in contract order, names sorted.

    A single file `<feed>/<name>` may be given too. `source_time_zone` is the zone of naive timestamps (default: the
    setting). Holds the writer lock. A rejected file does not stop the others. Raises UsageError if `path` does
    not exist, WarehouseError if the warehouse cannot be written.
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
    for name in sorted(os.listdir(root)):
        if name in FEEDS or is_temporary_name(name):
            continue
        if (root / name).is_dir():
            notes.append(f"{printable(name)}/: unknown feed, left alone. Feeds are: {known}.")
        else:
            notes.append(
                f"{printable(name)}: not in a feed folder, left alone. Move it to a folder named one of: {known}."
            )
    for feed in FEEDS:
        folder = root / feed
        if not folder.is_dir():
            if folder.exists():
                notes.append(f"{feed}: named like a feed but not a folder, left alone.")
            continue
        for name in sorted(os.listdir(folder)):
            file = folder / name
            if is_temporary_name(name):
                notes.append(f"{feed}/{printable(name)}: hidden or temporary, left alone.")
            elif file.is_dir() and split_name(name)[0] is None:
                notes.append(f"{feed}/{printable(name)}/: a folder inside a feed folder, left alone.")
            else:
                entries.append((feed, file))
    return entries, notes


# -------------------------------------------------------------------------------------------------------- batches


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
    source = _Source(
        name=printable(path.name),
        kind=split_name(path.name)[0] or "unknown",
        time_zone=source_time_zone or settings.source_time_zone,
        landed_at=landed_at,
    )
    try:
        real = _within(root or path.parent, path)
        with _staging_folder(settings) as folder:
            staged = stage(real, Path(folder))
            source.content_hash, source.byte_count = staged.content_hash, staged.byte_count
            earlier = _landed_before(connection, feed, staged.content_hash)
            if earlier:
                return BatchReport(feed, source.name, source.kind, ALREADY_LANDED, message=f"batch {earlier}")
            incoming = _read_file(connection, declared, staged, real.name)
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

    `relation` is the name of a table or view on the connection, a pyarrow Table, a pandas frame or a DuckDB relation;
    its columns may have any type. With a `content_hash` the same content lands once. `line_column` names a column that
    holds the rows' line numbers (else they count from 1). `rejects` are records that the caller already refused, with
    line numbers of their own; they count as read and are quarantined. `in_transaction` runs inside the landing's
    transaction: a
    cursor that it moves moves only with the committed rows.
    """
    declared = FEEDS[feed]
    source = _Source(
        name=printable(source_name),
        kind=source_kind,
        time_zone=source_time_zone or settings.source_time_zone,
        landed_at=landed_at,
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


@dataclass
class _Source:
    """What the ledger says of a delivery."""

    name: str
    kind: str
    time_zone: str
    landed_at: datetime | None = None
    content_hash: str | None = None
    byte_count: int | None = None
    retry_of_batch_id: str | None = None

    @property
    def at(self) -> datetime:
        at = self.landed_at or datetime.now(UTC)
        return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


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


def _read_file(connection: duckdb.DuckDBPyConnection, feed: Feed, staged: StagedFile, name: str) -> Incoming:
    try:
        return read_staged(connection, feed, staged)
    except RejectedFile:
        rows = _known_rate_layout(staged, name) if feed.name == "fx_rates" else None
        if rows is None:
            raise
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = pa.table({column: pa.array([row.get(column) for row in rows], pa.string()) for column in columns})
    return read_relation(connection, feed, table, staged.kind)


def _known_rate_layout(staged: StagedFile, name: str) -> list[dict[str, Any]] | None:
    """Rows of the fx_rates feed if the file has the layout of an official publisher of rates."""
    try:
        from ingest.rates import convert_if_known
    except ImportError:
        return None
    return convert_if_known(staged.path.read_bytes(), name)


def _one(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> Any:
    row = connection.execute(query, parameters or []).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def _next_batch_id(connection: duckdb.DuckDBPyConnection) -> str:
    """Batches are numbered in landing order; the ledger is never shortened."""
    return f"b{_one(connection, 'select count(*) + 1 from raw.batches'):09d}"


def _land(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    source: _Source,
    incoming: Incoming,
    in_transaction: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
) -> BatchReport:
    connection.execute(
        checked_query(feed, incoming.columns, source.time_zone, may_hold_nul=incoming.may_hold_nul)
    )
    _refuse_retyped(connection, feed, incoming)
    offset = incoming.line_offset
    line = "_line" if offset is None else f"rowid + {offset}"
    rejects = [*incoming.rejects, *_value_rejects(connection, feed, incoming, line)]
    row_count, accepted_count, first, last = _one(
        connection,
        f"select count(*), count(*) filter (where _reject is null), min(rowid) filter (where _reject is null), "
        f"max(rowid) filter (where _reject is null) from {CHECKED}",
    )
    rows_read = row_count + len(incoming.rejects)
    base = _one(connection, "select coalesce(max(last_landing_seq), 0) + 1 from raw.batches")
    batch_id = _next_batch_id(connection)
    names = ", ".join(quote_identifier(name) for name in feed.column_names)
    connection.execute("begin")
    try:
        inserted = _one(
            connection,
            f"insert into raw.{feed.name} ({names}, _landing_seq, _batch_id, _line, _extra) "
            f"select {names}, {base} + rowid, '{batch_id}', {line}, _extra from {CHECKED} where _reject is null",
        )
        _insert_quarantine(connection, feed, batch_id, source.at, rejects)
        _insert_batch(
            connection,
            batch_id=batch_id,
            feed=feed.name,
            source_name=source.name,
            source_kind=source.kind,
            content_hash=source.content_hash,
            byte_count=source.byte_count,
            status=LANDED,
            rejected_reason=None,
            rows_read=rows_read,
            rows_accepted=accepted_count,
            rows_quarantined=len(rejects),
            unknown_columns=json.dumps(list(incoming.unknown_columns), ensure_ascii=False),
            first_landing_seq=None if first is None else base + first,
            last_landing_seq=None if last is None else base + last,
            source_time_zone=source.time_zone,
            landed_at=source.at,
            source_layout=incoming.layout,
            retry_of_batch_id=source.retry_of_batch_id,
        )
        if inserted != accepted_count or rows_read != accepted_count + len(rejects):
            raise WarehouseError(
                f"{feed.name}/{source.name}: {rows_read} rows read, but {inserted} accepted and {len(rejects)} "
                "quarantined. The landing was rolled back; this is a bug in the reader, please report it."
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
        accepted_count,
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
        f"select {line}, case _reject {branches} end as code from {CHECKED} where starts_with(_reject, 'unknown_code')"
    ).fetchall()
    return {number: f" '{code}'" for number, code in rows if re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", code)}


def _refuse_retyped(connection: duckdb.DuckDBPyConnection, feed: Feed, incoming: Incoming) -> None:
    failures: Counter[str] = Counter()
    for reject, count in connection.execute(
        f"select _reject, count(*) from {CHECKED} where _reject is not null group by all"
    ).fetchall():
        reason, column = reject.split("|")
        if reason in TYPE_REASONS:
            failures[column] += count
    for reject in incoming.rejects:
        if reject.reason == "nested_value":
            failures[reject.detail.split()[1]] += 1
    for column, failed in sorted(failures.items()):
        present = (
            _one(
                connection,
                f"select count({quote_identifier(column)}) filter (where _reject is null or _reject not like '%|' || ?) "
                f"from {CHECKED}",
                [column],
            )
            + failed
        )
        if present >= _RETYPED_MINIMUM_VALUES and failed >= present * _RETYPED_SHARE:
            declared = next(c.type for c in feed.columns if c.name == column)
            raise RejectedFile(
                "retyped_column",
                f"{failed} of {present} values of column {column} cannot be read as {declared}: the column's meaning or "
                "format has changed. Correct the export (or its mapping) and deliver the file again",
            )


def _insert_quarantine(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    batch_id: str,
    at: datetime,
    rejects: list[RowReject],
) -> None:
    if not rejects:
        return
    ordered = sorted(rejects, key=lambda reject: reject.line)
    table = pa.table(
        {
            "line": pa.array([reject.line for reject in ordered], pa.int64()),
            "reason": pa.array([reject.reason for reject in ordered], pa.string()),
            "detail": pa.array([reject.detail for reject in ordered], pa.string()),
            "raw_text": pa.array([reject.raw_text for reject in ordered], pa.string()),
        }
    )
    connection.register("landing_rejects", table)
    connection.execute(
        "insert into raw.quarantine (quarantine_id, batch_id, feed, line, reason, detail, raw_text, quarantined_at) "
        "select ? || '-' || line, ?, ?, line, reason, detail, raw_text, ? from landing_rejects",
        [batch_id, batch_id, feed.name, at],
    )
    connection.unregister("landing_rejects")


def _insert_batch(connection: duckdb.DuckDBPyConnection, **values: Any) -> None:
    connection.execute(
        f"insert into raw.batches ({', '.join(values)}) values ({', '.join('?' for _ in values)})",
        list(values.values()),
    )


def _record_rejection(
    connection: duckdb.DuckDBPyConnection, feed: Feed, source: _Source, rejection: RejectedFile
) -> BatchReport:
    """Writes the rejection into the ledger, once for the same content and reason however often it is tried."""
    reason = f"{rejection.code}: {rejection}"
    batch_id = _one(
        connection,
        "select max(batch_id) from raw.batches where feed = ? and source_name = ? and rejected_reason = ? "
        "and content_hash is not distinct from ?",
        [feed.name, source.name, reason, source.content_hash],
    )
    if batch_id is None:
        batch_id = _next_batch_id(connection)
        _insert_batch(
            connection,
            batch_id=batch_id,
            feed=feed.name,
            source_name=source.name,
            source_kind=source.kind,
            content_hash=source.content_hash,
            byte_count=source.byte_count,
            status=REJECTED,
            rejected_reason=reason,
            rows_read=0,
            rows_accepted=0,
            rows_quarantined=0,
            unknown_columns="[]",
            source_time_zone=source.time_zone,
            landed_at=source.at,
        )
    return BatchReport(feed.name, source.name, source.kind, REJECTED, batch_id, message=f"{reason}.")
