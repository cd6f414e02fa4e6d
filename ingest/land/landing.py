"""Landing one file or table: one transaction with its versions, its rejects and its line in the ledger, or nothing."""

import os
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest.check.check import Checked, check
from ingest.contract.aliases import Aliases, load_aliases
from ingest.contract.feeds import FEEDS, Feed
from ingest.foundation.clock import naive_utc, now
from ingest.foundation.errors import RejectedFile, UnfinishedFile, WarehouseError
from ingest.foundation.faults import is_of_the_machine
from ingest.foundation.settings import Settings
from ingest.foundation.shown import shown_name
from ingest.land.ledger import Source, insert_checked, insert_rejection
from ingest.land.report import ALREADY_LANDED, LEFT, BatchReport, shown_columns
from ingest.raw.batches import LANDED, REJECTED, batch_of_content
from ingest.read.delivery import Delivery, RowReject
from ingest.read.formats import read
from ingest.read.names import kind_of, unknown_format
from ingest.read.stage import Content, stage
from ingest.read.tables import read_relation

_STAGING_PREFIX = "landing-"


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

    A file that cannot land, whatever is wrong with it, is recorded in the ledger as rejected and reported, not
    raised. Raises WarehouseError for a fault of the machine.
    """
    declared = FEEDS[feed]
    source = Source(
        name=shown_name(path.name),
        kind=kind_of(path.name) or "unknown",
        time_zone=source_time_zone or settings.source_time_zone,
        landed_at=naive_utc(landed_at or now()),
    )
    with _staging_folder(settings) as folder:
        try:
            content = stage_for(declared, path, root or path.parent, Path(folder))
            source = replace(source, content_hash=content.content_hash, byte_count=content.byte_count)
            earlier = batch_of_content(connection, feed, content.content_hash)
            if earlier:
                return BatchReport(feed, source.name, source.kind, ALREADY_LANDED, message=f"batch {earlier}")
            checked = _read_and_check(
                connection, declared, content, source.time_zone, load_aliases(settings.aliases_path)
            )
        except UnfinishedFile as reason:
            return BatchReport(feed, source.name, source.kind, LEFT, message=str(reason))
        except RejectedFile as rejection:
            return _record_rejection(connection, declared, source, rejection)
        return land(connection, source, checked)


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
        name=shown_name(source_name),
        kind=source_kind,
        time_zone=source_time_zone or settings.source_time_zone,
        landed_at=naive_utc(landed_at or now()),
        content_hash=content_hash,
        byte_count=byte_count,
    )
    earlier = batch_of_content(connection, feed, content_hash) if content_hash else None
    if earlier:
        return BatchReport(feed, source.name, source_kind, ALREADY_LANDED, message=f"batch {earlier}")
    try:
        delivery = read_relation(connection, declared, relation, source_kind, line_column)
        checked = check(
            connection,
            replace(delivery, rejects=(*delivery.rejects, *rejects)),
            source.time_zone,
            load_aliases(settings.aliases_path),
        )
    except RejectedFile as rejection:
        return _record_rejection(connection, declared, source, rejection)
    return land(connection, source, checked, in_transaction)


def land(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    checked: Checked,
    in_transaction: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
) -> BatchReport:
    """Lands what was checked, in one transaction."""
    feed = checked.delivery.feed
    connection.execute("begin")
    try:
        batch_id = insert_checked(connection, source, checked)
        if in_transaction:
            in_transaction(connection)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        checked.drop(connection)
    return BatchReport(
        feed.name,
        source.name,
        source.kind,
        LANDED,
        batch_id,
        rows_read=checked.row_count,
        rows_accepted=checked.row_count - len(checked.rejects),
        rows_quarantined=len(checked.rejects),
        quarantine_reasons=dict(Counter(reject.reason for reject in checked.rejects)),
        converted_counts=dict(checked.converted_counts),
        unknown_columns=shown_columns(checked.delivery.unknown_columns),
        byte_count=source.byte_count,
    )


def stage_for(feed: Feed, path: Path, root: Path, folder: Path) -> Content:
    """A private copy of a file in `folder`. Raises RejectedFile for a link out of `root` and for a format that the
    feed does not take, UnfinishedFile for one that is still being written."""
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(root)):
        raise RejectedFile(
            "outside_landing_folder",
            "it is a link that leads out of the landing folder; put the file itself there",
        )
    if kind_of(real.name) is None and not feed.publishers:
        raise unknown_format()
    return stage(real, folder)


def _read_and_check(
    connection: duckdb.DuckDBPyConnection, feed: Feed, content: Content, time_zone: str, aliases: Aliases
) -> Checked:
    """Raises RejectedFile for whatever goes wrong with this one file, and on what the machine refuses as it comes."""
    try:
        delivery: Delivery = read(connection, feed, content)
        return check(connection, delivery, time_zone, aliases)
    except (RejectedFile, WarehouseError):
        raise
    except duckdb.FatalException:
        raise
    except Exception as error:
        if is_of_the_machine(error):
            raise
        # Not its message, which may quote the file.
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise RejectedFile(
            "unexpected_error",
            f"reading it ended in {type(error).__name__} ({Path(place.filename).name}, line {place.lineno}), which is a "
            "bug of this program. Nothing of it landed; other files are not concerned. Please report this message, and "
            "deliver the file in another format meanwhile",
        ) from error


def _staging_folder(settings: Settings) -> tempfile.TemporaryDirectory[str]:
    """A private folder on the warehouse's own disk; what a killed landing left there is removed."""
    parent = settings.raw_path.parent
    for leftover in parent.glob(f"{_STAGING_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=_STAGING_PREFIX, dir=parent)


def _record_rejection(
    connection: duckdb.DuckDBPyConnection, feed: Feed, source: Source, rejection: RejectedFile
) -> BatchReport:
    reason = f"{rejection.code}: {rejection}"
    batch_id = insert_rejection(connection, feed, source, reason)
    return BatchReport(
        feed.name,
        source.name,
        source.kind,
        REJECTED,
        batch_id,
        byte_count=source.byte_count,
        message=f"{reason}.",
    )
