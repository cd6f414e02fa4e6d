"""The state of a warehouse in one look: what landed, what is published, what it rests on, who is at work.

Reads the published file; the build file only where nobody holds it, for what landed since.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_value
from ingest.foundation.lock import lock_holder
from ingest.foundation.settings import Settings
from orchestration.reading.published import build_attached, in_memory, open_published

# As many runs as are listed.
_RUNS = 3


@dataclass(frozen=True)
class Publication:
    """The published file."""

    path: str
    byte_count: int
    published_at: datetime
    as_of_at: datetime | None


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
    """Rows in quarantine now. `stage`: landing (unreadable) or modelling (breaks a rule of the books)."""

    feed: str
    reason: str
    stage: str
    row_count: int


@dataclass(frozen=True)
class UnsettledRates:
    """Rates of a currency that are not final (`provisional`) or carried forward for too long (`stale`).

    `booked_cny` is what foreign payments of those dates are booked at, `open_cny` what is open on the last.
    """

    kind: str
    currency_code: str
    first_date: date
    last_date: date
    date_count: int
    booked_cny: Decimal
    open_cny: Decimal


@dataclass(frozen=True)
class Status:
    """Everything `warehouse status` says. Lists are empty and values None where nothing is known yet."""

    home: str
    checked_at: datetime
    published: Publication | None
    writer: dict[str, str] | None
    # Why the build file was not read, if it was not.
    build_note: str | None
    has_unfinished_run: bool | None
    feeds: list[FeedStatus] = field(default_factory=list)
    rejected_files: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    calibration: dict[str, Any] | None = None
    restatements: dict[str, int] = field(default_factory=dict)
    quarantine: list[QuarantineCount] = field(default_factory=list)
    rates: list[UnsettledRates] = field(default_factory=list)

    @property
    def pending_row_count(self) -> int | None:
        counts = [feed.pending_row_count for feed in self.feeds]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


def read_status(settings: Settings) -> Status:
    """Look at a warehouse; changes nothing and waits for nobody.

    Raises WarehouseError when there is a published file that cannot be read.
    """
    try:
        return _read(settings)
    except duckdb.Error as error:
        raise WarehouseError(
            f"{settings.published_path} could not be read: {error}\nNothing was changed. If it was published "
            "by another version of the program, `warehouse increment` publishes it anew."
        ) from None


def _read(settings: Settings) -> Status:
    holder = lock_holder(settings)
    is_published = settings.published_path.exists()
    with open_published(settings) if is_published else in_memory() as connection:
        said = _published(settings, connection) if is_published else {}
        landed, note = None, None
        if holder is not None:
            note = "a run is at work"
        elif settings.build_path.exists():
            try:
                with build_attached(settings, connection, "status"):
                    landed = _landed(connection)
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
    """What the build file knows is fresher than what was published of it."""
    batches = (landed or said).get("batches", {})
    pending = landed["pending"] if landed else {}
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
                quarantined_count=sum(held.row_count for held in quarantine if held.feed == feed),
                pending_row_count=pending.get(feed, 0) if landed else None,
            )
        )
    return Status(
        home=str(settings.home),
        checked_at=utc_now(),
        published=said.get("publication"),
        writer=holder,
        build_note=note,
        has_unfinished_run=landed["has_unfinished_run"] if landed else None,
        feeds=feeds,
        rejected_files=(landed or said).get("rejected", []),
        runs=said.get("runs", []),
        calibration=said.get("calibration"),
        restatements=said.get("restatements", {}),
        quarantine=quarantine,
        rates=said.get("rates", []),
    )


def _published(settings: Settings, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    file = settings.published_path.stat()
    connection.execute("use published.main")
    try:
        runs = _records(connection, f"from audit.runs order by published_at desc limit {_RUNS}")
        as_of = fetch_value(connection, "select max(as_of_at) from marts.core_periods")
        calibrations = _records(connection, "from audit.calibration_runs order by finished_at desc limit 1")
        return {
            "publication": Publication(
                path=str(settings.published_path),
                byte_count=file.st_size,
                published_at=runs[0]["published_at"]
                if runs
                else datetime.fromtimestamp(file.st_mtime, UTC).replace(tzinfo=None),
                as_of_at=as_of,
            ),
            **_batches(connection, "audit.load_batches"),
            "unread": _quarantine(connection, "audit.quarantine where not is_released and stage = 'landing'"),
            "uncounted": _quarantine(
                connection, "audit.quarantine where not is_released and stage <> 'landing'"
            ),
            "last_updated": dict(
                connection.execute("select feed, last_updated_at from marts.core_freshness").fetchall()
            ),
            "runs": runs,
            "calibration": calibrations[0] if calibrations else None,
            # A day still running changes with every publication: no restatement of a figure anyone relied on.
            "restatements": dict(
                connection.execute(
                    "select cause, count(*) from audit.restatements where cause <> 'day_open' "
                    "group by cause order by cause"
                ).fetchall()
            ),
            "rates": [UnsettledRates(*row) for row in connection.execute(_RATES).fetchall()],
        }
    finally:
        connection.execute("use memory.main")


_RATES = """
    with unsettled as (
        select 'provisional' as kind, * from marts.core_fx_daily where is_rate_provisional
        union all
        select 'stale' as kind, * from marts.core_fx_daily where is_rate_stale
    )
    select
        kind,
        currency_code,
        min(business_date),
        max(business_date),
        count(*),
        coalesce(sum(booked_cny), 0),
        coalesce(max_by(open_cny, business_date), 0)
    from unsettled
    group by kind, currency_code
    order by kind, currency_code
"""


def _landed(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the build file, which is the default here, knows."""
    tables = {
        (schema, name)
        for schema, name in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'build'"
        ).fetchall()
    }
    pending = {}
    for feed in FEEDS:
        pending[feed] = fetch_value(
            connection,
            f"select count(*) from raw.{feed}, meta.watermarks as w "
            f"where w.feed = '{feed}' and _landing_seq > w.published_seq",
        )
    return {
        **_batches(connection, "raw.batches"),
        "unread": _quarantine(
            connection, "(select *, 'landing' as stage from raw.quarantine where released_at is null)"
        ),
        "pending": pending,
        # A run keeps its changes until it has published.
        "has_unfinished_run": any(schema == "changes" for schema, _ in tables),
    }


def _batches(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    landed = connection.execute(
        f"select feed, cast(sum(rows_accepted) as bigint), max(landed_at) from {table} "
        "where status = 'landed' group by feed"
    ).fetchall()
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
    rows = connection.execute(
        f"select feed, reason, stage, count(*) from {source} group by all order by all"
    ).fetchall()
    return [QuarantineCount(*row) for row in rows]


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
