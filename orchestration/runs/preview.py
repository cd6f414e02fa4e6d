"""What a run would do, without doing it: what is pending, which orders and dates it touches, increment or rebuild."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.shown import shown_name
from ingest.foundation.sql import quote_text
from ingest.raw.raw_file import attach_raw, has_raw
from orchestration.runs import loss, state
from orchestration.runs.build_file import open_build
from orchestration.runs.increment import EarlierAsOf, settled_as_of
from orchestration.runs.plan import plan
from orchestration.runs.state import RunState


@dataclass(frozen=True)
class Preview:
    """What an increment would do at `as_of` (UTC). `reason` says why it would be a full rebuild, else it is empty.

    `pending` counts rows by feed and `files` names what they came with. `orders` counts, by business type, the orders
    that pending rows name, directly or through a payment; `dates` are the business dates on which payments and refunds
    of these orders stand, of pending rates, and that the as-of passes.
    """

    as_of: datetime
    published_as_of: datetime | None
    is_full_refresh: bool
    reason: str
    pending: dict[str, int]
    files: tuple[str, ...]
    orders: dict[str, int]
    dates: tuple[date, ...]

    @property
    def is_nothing_to_do(self) -> bool:
        return not self.is_full_refresh and not self.pending and self.as_of == self.published_as_of


def preview(
    settings: Settings, as_of: datetime | None = None, *, earlier_as_of: EarlierAsOf = "refuse"
) -> Preview:
    """What `increment` of the same arguments would do; nothing is changed.

    Raises WarehouseError where nothing has landed yet, and as `increment` does before it begins.
    """
    as_of = as_of or settings.now()
    published = loss.last_publication(settings)
    loss.require_raw_file(settings)
    loss.require_build_file(settings, published)
    if not has_raw(settings):
        raise WarehouseError(
            f"nothing has landed in {settings.home} yet, so a run has nothing to do. Begin with `warehouse land DIR`."
        )
    with (
        writer_lock(settings, "dry run"),
        loss.build_failures(settings),
        _opened(settings) as connection,
    ):
        if state.read(connection) is None:
            pending = state.pending_rows(connection)
            return _preview(
                settings, connection, as_of=as_of, earlier=None, reason="first run", pending=pending
            )
        loss.require_own_publication(settings, connection, published)
        as_of = settled_as_of(state.read(connection), published, as_of, earlier_as_of)
        planned = plan(settings, connection, as_of)
        return _preview(
            settings,
            connection,
            as_of=as_of,
            earlier=planned.earlier,
            reason=planned.reason,
            pending=planned.pending,
        )


@contextmanager
def _opened(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file for reading; before the first run, what it would be made as."""
    if settings.build_path.exists():
        with closing(open_build(settings, read_only=True)) as connection:
            if state.is_prepared(connection):
                yield connection
                return
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        attach_raw(settings, connection)
        state.prepare(connection)
        yield connection


def _preview(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    *,
    as_of: datetime,
    earlier: RunState | None,
    reason: str,
    pending: dict[str, int],
) -> Preview:
    published_as_of = earlier.published_as_of if earlier else None
    place = {
        "zone": settings.business_time_zone,
        "since": published_as_of or as_of,
        "until": as_of,
    }
    orders = fetch_rows(
        connection,
        f"{_TOUCHED} select business_type, count(*) from orders group by all order by all",
        place,
    )
    dates = fetch_rows(
        connection,
        f"{_TOUCHED} select touched_date from dates where touched_date is not null order by 1",
        place,
    )
    return Preview(
        as_of=as_of,
        published_as_of=published_as_of,
        is_full_refresh=bool(reason),
        reason=reason,
        pending=pending,
        files=tuple(f"{feed}/{shown_name(name)}" for feed, name in fetch_rows(connection, _FILES)),
        orders=dict(orders),
        dates=tuple(day for (day,) in dates),
    )


_FILES = """
select batches.feed, batches.source_name
from raw.batches
inner join meta.watermarks on watermarks.feed = batches.feed
where batches.last_landing_seq > watermarks.published_seq
    or batches.batch_id in (select batch_id from raw.revocations where revocation_seq > watermarks.published_seq)
order by batches.batch_id
"""


def _pending(feed: str, column: str) -> str:
    seen = f"(select published_seq from meta.watermarks where feed = {quote_text(feed)})"
    return (
        f"select {column} from raw.{feed} where _landing_seq > {seen} "
        f"or _batch_id in (select batch_id from raw.revocations where revocation_seq > {seen})"
    )


def _orders_of(business_type: str, *feeds: str) -> str:
    named = " union ".join(_pending(feed, "order_id") for feed in feeds)
    return f"select {quote_text(business_type)} as business_type, order_id from ({named})"


_BUSINESS_DATE = "cast(timezone($zone, timezone('UTC', cast({} as timestamp))) as date)"

_TOUCHED = f"""
with payments_touched as ({_pending("payments", "payment_id")} union {_pending("refunds", "payment_id")}),
orders as (
    {_orders_of("purchase", "purchase_orders", "purchase_order_lines")}
    union {_orders_of("forwarding", "forwarding_orders", "forwarding_boxes")}
    union {_orders_of("service", "service_orders")}
    union select order_type, order_id from raw.payments
    where payment_id in (from payments_touched) and order_id is not null
),
payments as (
    select payment_id, succeeded_at from raw.payments
    where payment_id in (from payments_touched) or (order_type, order_id) in (select business_type, order_id from orders)
),
dates as (
    select {_BUSINESS_DATE.format("succeeded_at")} as touched_date from payments
    union select {_BUSINESS_DATE.format("completed_at")} from raw.refunds
    where payment_id in (select payment_id from payments)
    union {_pending("fx_rates", "cast(rate_date as date)")}
    union select cast(unnest(generate_series(
        {_BUSINESS_DATE.format("least($since, $until)")}, {_BUSINESS_DATE.format("greatest($since, $until)")},
        interval 1 day
    )) as date) where $since <> $until
)
"""
