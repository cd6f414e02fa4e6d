"""The state of a warehouse in one look: what landed, what is published, what it rests on, who is at work.

Reads the published file; the raw and build files only where nobody holds them, for what landed since.
"""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.lock import lock_holder
from ingest.foundation.settings import Settings
from ingest.raw.batches import IS_HELD, row_counts
from ingest.raw.raw_file import has_raw, open_raw
from orchestration.reading.landed import Progress, build_attached, read_progress
from orchestration.reading.published import (
    Publication,
    in_memory,
    not_of_this_version,
    open_published,
    read_publication,
)
from orchestration.reading.trust import Trust, read_trust

# As many runs as are listed.
_RUNS = 3


@dataclass(frozen=True)
class FeedStatus:
    """One feed. `row_count` counts accepted rows of all landings, `pending_row_count` those not yet taken up.

    The latter is None while a run is at work.
    """

    feed: str
    row_count: int
    last_landed_at: datetime | None
    last_updated_at: datetime | None
    quarantined_count: int
    pending_row_count: int | None


@dataclass(frozen=True)
class QuarantineCount:
    """Rows in quarantine now. `stage`: landing (unreadable), modelling (breaks a rule of the books), waiting (for a row that
    has not landed) or masked (counted, a value published as `other`).
    """

    feed: str
    reason: str
    stage: str
    row_count: int

    @property
    def is_kept_out(self) -> bool:
        """Whether something is wrong with the rows, so that they are in no figure."""
        return self.stage in ("landing", "modelling")


@dataclass(frozen=True)
class Status:
    """Everything `warehouse status` says. Lists are empty and values None where nothing is known yet."""

    home: str
    checked_at: datetime
    published: Publication | None
    writer: dict[str, str] | None
    # Why the raw and build files were not read, if they were not.
    build_note: str | None
    # None while they are not read.
    progress: Progress | None
    trust: Trust | None = None
    feeds: list[FeedStatus] = field(default_factory=list)
    rejected_files: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    calibration: dict[str, Any] | None = None
    restatements: dict[str, int] = field(default_factory=dict)
    quarantine: list[QuarantineCount] = field(default_factory=list)


def read_status(settings: Settings) -> Status:
    """Look at a warehouse; changes nothing and waits for nobody.

    Raises WarehouseError when there is a published file that cannot be read.
    """
    try:
        return _read(settings)
    except duckdb.Error as error:
        raise not_of_this_version(settings, str(error)) from None


def _read(settings: Settings) -> Status:
    holder = lock_holder(settings)
    is_published = settings.published_path.exists()
    with open_published(settings) if is_published else in_memory() as connection:
        said = _published(settings, connection) if is_published else {}
        landed, note = None, None
        if holder is not None:
            note = "a run is at work"
        else:
            try:
                publication: Publication | None = said.get("publication")
                landed = _landed(settings, connection, publication.as_of_at if publication else None)
            except (WarehouseError, duckdb.Error) as error:
                note = str(error).splitlines()[0]
        return _combined(settings, holder, note, said, landed)


def _combined(
    settings: Settings,
    holder: dict[str, str] | None,
    note: str | None,
    said: dict[str, Any],
    landed: dict[str, Any] | None,
) -> Status:
    """What has landed is fresher than what was published of it."""
    batches = (landed or said).get("batches", {})
    progress: Progress | None = landed["progress"] if landed else None
    quarantine = [
        *(landed or said).get("unread", []),
        *said.get("uncounted", []),
    ]
    feeds = []
    for feed in FEEDS if batches or said else ():
        row_count, last_landed_at = batches.get(feed, (0, None))
        feeds.append(
            FeedStatus(
                feed=feed,
                row_count=row_count,
                last_landed_at=last_landed_at,
                last_updated_at=said.get("last_updated", {}).get(feed),
                quarantined_count=sum(
                    held.row_count for held in quarantine if held.feed == feed and held.is_kept_out
                ),
                pending_row_count=progress.pending.get(feed, 0) if progress else None,
            )
        )
    return Status(
        home=str(settings.home),
        checked_at=utc_now(),
        published=said.get("publication"),
        writer=holder,
        build_note=note,
        progress=progress,
        trust=said.get("trust"),
        feeds=feeds,
        rejected_files=(landed or said).get("rejected", []),
        runs=said.get("runs", []),
        calibration=said.get("calibration"),
        restatements=said.get("restatements", {}),
        quarantine=quarantine,
    )


def _published(settings: Settings, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    calibrations = _records(connection, "from audit.calibration_runs order by finished_at desc limit 1")
    return {
        "publication": read_publication(settings, connection),
        "trust": read_trust(settings, connection),
        **_batches(connection, "audit.load_batches"),
        "unread": _quarantine(connection, "audit.quarantine where not is_released and stage = 'landing'"),
        "uncounted": _quarantine(connection, "audit.quarantine where not is_released and stage <> 'landing'"),
        "last_updated": dict(
            fetch_rows(connection, "select feed, last_updated_at from marts.core_freshness")
        ),
        "runs": _records(connection, f"from audit.runs order by published_at desc limit {_RUNS}"),
        "calibration": calibrations[0] if calibrations else None,
        "restatements": dict(
            fetch_rows(
                connection,
                "select cause, count(*) from audit.restatements group by cause order by cause",
            )
        ),
    }


def _landed(
    settings: Settings, connection: duckdb.DuckDBPyConnection, published_as_of: datetime | None
) -> dict[str, Any] | None:
    """What the raw file, and the build file if there is one, know; None where nothing has landed."""
    if not has_raw(settings):
        return None
    if settings.build_path.exists():
        with build_attached(settings, connection, wait_seconds=0):
            return _landed_now(connection, read_progress(connection, published_as_of))
    with closing(open_raw(settings, read_only=True, wait_seconds=0)) as raw:
        return _landed_now(raw, Progress(row_counts(raw), has_unfinished_run=False))


def _landed_now(connection: duckdb.DuckDBPyConnection, progress: Progress) -> dict[str, Any]:
    return {
        **_batches(connection, "raw.batches"),
        "unread": _quarantine(
            connection, f"(select *, 'landing' as stage from raw.quarantine where {IS_HELD})"
        ),
        "progress": progress,
    }


def _batches(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    landed = fetch_rows(
        connection,
        f"select feed, cast(sum(rows_accepted) as bigint), max(landed_at) from {table} "
        "where status = 'landed' group by feed",
    )
    # A file that landed under the same name later has been mended.
    rejected = _records(
        connection,
        f"""
        select feed, source_name, rejected_reason, landed_at as rejected_at
        from {table} as rejected
        where status = 'rejected' and not exists (
            from {table} as mended
            where mended.status = 'landed' and mended.feed = rejected.feed
                and mended.source_name = rejected.source_name and mended.landed_at > rejected.landed_at
        )
        order by rejected_at desc, feed, source_name
        """,
    )
    return {"batches": {feed: (count, at) for feed, count, at in landed}, "rejected": rejected}


def _quarantine(connection: duckdb.DuckDBPyConnection, source: str) -> list[QuarantineCount]:
    rows = fetch_rows(
        connection, f"select feed, reason, stage, count(*) from {source} group by all order by all"
    )
    return [QuarantineCount(*row) for row in rows]


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
