"""`warehouse rates fetch`: official rates over HTTPS into raw, guarded (R12)."""

import contextlib
import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath

import duckdb
import pyarrow as pa

from ingest.foundation.clock import now
from ingest.foundation.errors import RejectedFile, UsageError, WarehouseError
from ingest.foundation.fetch import fetch_value
from ingest.foundation.lock import writer_lock
from ingest.foundation.settings import Settings
from ingest.land.landing import land_relation
from ingest.land.report import BatchReport
from ingest.rates.http import Transport, download, shown_url
from ingest.rates.plausibility import sort_fetched
from ingest.raw.batches import IS_HELD, REJECTED, REVOKED_BATCHES
from ingest.raw.raw_file import has_raw, open_raw
from ingest.read.delivery import RowReject
from ingest.read.rates.central_parity import convert_central_parity
from ingest.read.rates.ecb import convert_ecb, embedded_ecb_rows
from ingest.read.rates.rows import CENTRAL_PARITY, ECB, RateRow

DEFAULT_URLS = {
    ECB: "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip",
    CENTRAL_PARITY: "https://www.safe.gov.cn/AppStructured/hlw/RMBQuery.do",
}
_QUOTATION = ("rate_source", "rate_date", "currency_code", "quote_value", "quote_unit", "quote_direction")
_CONVERT = {ECB: convert_ecb, CENTRAL_PARITY: convert_central_parity}

# The first fetch of a source reaches this far back; later ones re-read what may have been corrected since.
FIRST_FETCH_DAYS = 730
OVERLAP_DAYS = 14
# SAFE's query answers for at most a year at a time.
_QUERY_DAYS = 180
_FILE_ENDINGS = frozenset({".csv", ".txt", ".html", ".htm", ".xlsx", ".zip"})


@dataclass(frozen=True)
class FetchReport:
    """What one fetch brought. `batch` is None if nothing was new; counts are rows (currency × date).

    `official_rate_source` and `fallback_rate_source` are the settings: a source that neither names is unused.
    """

    rate_source: str
    official_rate_source: str
    fallback_rate_source: str | None
    origin: str
    since: date
    received_count: int
    unchanged_count: int
    new_count: int
    corrected_count: int
    implausible_count: int
    last_rate_date: str | None
    batch: BatchReport | None

    @property
    def exit_status(self) -> int:
        """1 if what was fetched was rejected as a whole, else 0; quarantined rates are no failure."""
        return 1 if self.batch is not None and self.batch.status == REJECTED else 0

    def lines(self) -> list[str]:
        """The report for people."""
        lines = [
            f"{self.rate_source} rates from {self.origin}, since {self.since}: "
            f"{self.received_count} received, {self.new_count} new, {self.corrected_count} corrected, "
            f"{self.unchanged_count} known already"
            + (f"; the last is of {self.last_rate_date}" if self.last_rate_date else "")
        ]
        if self.rate_source not in (self.official_rate_source, self.fallback_rate_source):
            lines.append(
                f"no figure uses these rates: the official source is {self.official_rate_source}. To use them, "
                f'set official_rate_source = "{self.rate_source}" (or fallback_rate_source) in settings.toml.'
            )
        elif self.rate_source != self.official_rate_source:
            lines.append(
                f"{self.rate_source} is the fallback: used, and marked, only where {self.official_rate_source} "
                "has no rate."
            )
        if self.batch is not None:
            lines.append(self.batch.line())
        if self.implausible_count:
            lines.append(
                f"{self.implausible_count} rates are more than 20 % from the last known one: quarantined, "
                "not used. Compare them with the publisher; if they are right, land them as a file of the "
                "feed fx_rates."
            )
        return lines


def fetch_rates(
    settings: Settings,
    source: str,
    *,
    url: str | None = None,
    since: date | None = None,
    offline: bool = False,
    transport: Transport | None = None,
    fetched_at: datetime | None = None,
) -> FetchReport:
    """Fetches the rates of `source` (ecb or central_parity) and lands what is new as one batch.

    `since` defaults to two weeks before the last rate known of the source, two years ago if none is. `url`
    replaces the publisher's address: of a file (by its ending), or for central_parity of a query like SAFE's.
    `offline` takes ECB's history as embedded, without a network. A rate that differs from a known one is its
    correction, dated `fetched_at`; one that is implausible is quarantined once. The download runs before the
    writer lock is taken. Raises UsageError or WarehouseError; nothing is landed then.
    """
    if source not in DEFAULT_URLS:
        raise UsageError(
            f"unknown rate source {source!r}. Sources that can be fetched: {', '.join(DEFAULT_URLS)}."
        )
    if offline and source != ECB:
        raise UsageError(
            f"only the history of {ECB} is embedded; {source} needs a network, or a landed file."
        )
    fetched_at = fetched_at or now()
    since = since or _default_since(settings, source, fetched_at.date())
    if offline:
        origin, rows = "the embedded history", embedded_ecb_rows(since)
    else:
        url = url or DEFAULT_URLS[source]
        origin = shown_url(url)
        rows = _download_rows(source, url, since, fetched_at.date(), transport or Transport())
    _refuse_contradictions(rows, origin)
    with writer_lock(settings, f"rates fetch {source}"):
        connection = open_raw(settings)
        try:
            return _land_rows(
                connection,
                settings,
                source,
                origin=origin,
                since=since,
                rows=rows,
                fetched_at=fetched_at,
            )
        finally:
            connection.close()


def _default_since(settings: Settings, source: str, today: date) -> date:
    last = None
    if has_raw(settings):
        with contextlib.closing(open_raw(settings, read_only=True)) as connection:
            last = _last_rate_date(connection, source)
    return last - timedelta(days=OVERLAP_DAYS) if last else today - timedelta(days=FIRST_FETCH_DAYS)


def _last_rate_date(connection: duckdb.DuckDBPyConnection, source: str) -> date | None:
    last: date | None = fetch_value(
        connection,
        "select max(cast(rate_date as date)) from raw.fx_rates where rate_source = ? "
        f"and _batch_id not in ({REVOKED_BATCHES})",
        [source],
    )
    return last


def _download_rows(source: str, url: str, since: date, today: date, transport: Transport) -> list[RateRow]:
    is_file = PurePosixPath(urllib.parse.urlsplit(url).path).suffix.lower() in _FILE_ENDINGS
    if source == ECB or is_file:
        return _converted(source, url, download(url, transport), since)
    rows: list[RateRow] = []
    first = since
    while first <= today:
        last = min(first + timedelta(days=_QUERY_DAYS - 1), today)
        form = {"startDate": str(first), "endDate": str(last), "queryYN": "true"}
        rows += _converted(source, url, download(url, transport, form), first)
        first = last + timedelta(days=1)
    return rows


def _converted(source: str, url: str, content: bytes, since: date) -> list[RateRow]:
    name = shown_url(url)
    try:
        rows = _CONVERT[source](content, name, since)
    except RejectedFile as rejection:
        raise WarehouseError(
            f"{rejection}. Nothing was landed; the rates known so far stay in use."
        ) from None
    if rows is None:
        is_page = content.lstrip()[:1] == b"<"
        found = "a web page without it (a login or error page?)" if is_page else "something else"
        raise WarehouseError(
            f"{name}: expected {source}'s table of rates, got {found}: {len(content)} bytes. Nothing was "
            "landed; the rates known so far stay in use. Open the address in a browser: if the publisher "
            "has a "
            "new address, give it with --url; if it has a new layout, land the rates as a file of the feed "
            "fx_rates."
        )
    return rows


def _refuse_contradictions(rows: list[RateRow], origin: str) -> None:
    seen: dict[tuple[str, str], RateRow] = {}
    for row in rows:
        earlier = seen.setdefault((row["rate_date"], row["currency_code"]), row)
        if earlier != row:
            raise WarehouseError(
                f"{origin}: two different rates of {row['currency_code']} for {row['rate_date']} "
                f"({earlier['quote_value']} and {row['quote_value']}). Nothing was landed; the layout may "
                "have changed. Compare with the publisher's page, and land the right rates as a file of "
                "the feed "
                "fx_rates."
            )


def _land_rows(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    source: str,
    *,
    origin: str,
    since: date,
    rows: list[RateRow],
    fetched_at: datetime,
) -> FetchReport:
    unique = list({(row["rate_date"], row["currency_code"]): row for row in rows}.values())
    by_fate = sort_fetched(unique, _known(connection, source))
    stamp = fetched_at.astimezone(UTC).isoformat()
    quarantined = _quarantined_before(connection)
    # A row without updated_at is the oldest of its key: a correction says when it came.
    landing = [
        *(row for row in by_fate.new if _quotation(row) not in quarantined),
        *({**row, "updated_at": stamp} for row in by_fate.corrected),
    ]
    landing.sort(key=lambda row: (row["rate_date"], row["currency_code"]))
    rejects: list[RowReject] = []
    for row, what in by_fate.implausible:
        if _quotation(row) not in quarantined:
            detail = f"column quote_value: {row['currency_code']} of {row['rate_date']} is {what}"
            text = json.dumps(row, ensure_ascii=False)
            rejects.append(RowReject(len(landing) + len(rejects) + 1, "implausible_rate", detail, text))
    batch = None
    if landing or rejects:
        batch = land_relation(
            connection,
            settings,
            "fx_rates",
            _table(landing),
            source_name=origin,
            source_kind=source,
            landed_at=fetched_at,
            rejects=rejects,
        )
    return FetchReport(
        rate_source=source,
        official_rate_source=settings.official_rate_source,
        fallback_rate_source=settings.fallback_rate_source,
        origin=origin,
        since=since,
        received_count=len(rows),
        unchanged_count=by_fate.unchanged_count,
        new_count=len(by_fate.new),
        corrected_count=len(by_fate.corrected),
        implausible_count=len(by_fate.implausible),
        last_rate_date=max((row["rate_date"] for row in rows), default=None),
        batch=batch,
    )


def _table(rows: list[RateRow]) -> pa.Table:
    columns = (*_QUOTATION, "updated_at")
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in columns})


def _known(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, dict[str, RateRow]]:
    """The current versions of the source's rates (R16), by currency and date."""
    known: dict[str, dict[str, RateRow]] = {}
    for values in connection.execute(
        f"select {', '.join(_QUOTATION)} from raw.fx_rates where rate_source = ? "
        f"and _batch_id not in ({REVOKED_BATCHES}) "
        "qualify row_number() over (partition by currency_code, rate_date "
        "order by updated_at desc nulls last, _landing_seq desc) = 1",
        [source],
    ).fetchall():
        row = {name: value for name, value in zip(_QUOTATION, values, strict=True) if value is not None}
        known.setdefault(row["currency_code"], {})[row["rate_date"]] = row
    return known


def _quotation(row: Mapping[str, str | None]) -> tuple[str | None, ...]:
    """What makes two fetched quotations the same, wherever they are kept."""
    return tuple(row.get(name) or None for name in _QUOTATION)


def _quarantined_before(connection: duckdb.DuckDBPyConnection) -> set[tuple[str | None, ...]]:
    """Fetched quotations that are in quarantine already; each needs to be there once only."""
    found: set[tuple[str | None, ...]] = set()
    for (text,) in connection.execute(
        f"select raw_text from raw.quarantine where feed = 'fx_rates' and {IS_HELD}"
    ).fetchall():
        try:
            row = json.loads(text)
        except ValueError:
            continue  # a line of a landed file
        if isinstance(row, dict):
            found.add(_quotation(row))
    return found
