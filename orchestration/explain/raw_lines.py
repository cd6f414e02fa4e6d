"""The raw lines behind rows of evidence: where they were landed, and every earlier version of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from ingest.contract.feeds import FEEDS, Feed
from ingest.foundation.shown import shown_code, shown_text
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.explain.evidence.rows import RawLink


@dataclass(frozen=True)
class RawVersion:
    """One landed line. `state`: current (the figure's), earlier, pending (landed after the publication),
    revoked (withdrawn before it)."""

    state: str
    file: str
    line: int
    batch_id: str
    landed_at: datetime
    landing_seq: int
    values: dict[str, str]


@dataclass(frozen=True)
class RawRecord:
    """All landed versions of one key of a feed, the latest first (R16); no personal data (R20)."""

    feed: str
    key: dict[str, str]
    versions: list[RawVersion]


def raw_records(connection: duckdb.DuckDBPyConnection, link: RawLink) -> Iterator[tuple[int, RawRecord]]:
    """(evidence_no, record) of every raw key that a link finds, with all landed versions of the key.

    `connection` has the build file as its default and the temporary table `evidence_rows`.
    """
    feed = FEEDS[link.feed]
    columns = [name for name in feed.column_names if name not in feed.personal]
    key = ", ".join(map(quote_identifier, feed.key))
    by_version = "r.updated_at desc nulls last, " if "updated_at" in columns else ""
    via = f"({link.via}) as v, " if link.via else ""
    found = connection.execute(
        f"""
        with hits as (
            select distinct e.evidence_no, {", ".join(f"r.{quote_identifier(name)}" for name in feed.key)}
            from evidence_rows as e, {via} raw.{feed.name} as r
            where {link.match}
        )
        select
            hits.evidence_no,
            b.source_name,
            r._line,
            r._batch_id,
            b.landed_at,
            r._landing_seq,
            case
                when r._landing_seq > w.published_seq then 'pending'
                when (
                    select not max_by(v.is_undo, v.revocation_seq) from raw.revocations as v
                    where v.batch_id = b.batch_id and v.revocation_seq <= w.published_seq
                ) then 'revoked'
            end as aside,
            {", ".join(f"r.{quote_identifier(name)}" for name in columns)}
        from hits
        inner join raw.{feed.name} as r using ({key})
        inner join raw.batches as b on r._batch_id = b.batch_id
        inner join meta.watermarks as w on w.feed = {quote_text(feed.name)}
        order by hits.evidence_no, {key}, {by_version} r._landing_seq desc
        """
    ).fetchall()
    record: RawRecord | None = None
    last: tuple[Any, ...] = ()
    for evidence_no, file, line, batch_id, landed_at, landing_seq, aside, *texts in found:
        known = {name: value for name, value in zip(columns, texts, strict=True) if value is not None}
        identity = (evidence_no, *(known[name] for name in feed.key))
        if record is None or identity != last:
            if record is not None:
                yield last[0], record
            record, last = (
                RawRecord(feed.name, {name: _shown(feed, name, known[name]) for name in feed.key}, []),
                identity,
            )
        has_current = any(version.state == "current" for version in record.versions)
        state = aside or ("earlier" if has_current else "current")
        values = {name: _shown(feed, name, value) for name, value in known.items()}
        record.versions.append(RawVersion(state, file, line, batch_id, landed_at, landing_seq, values))
    if record is not None:
        yield last[0], record


def _shown(feed: Feed, name: str, value: str) -> str:
    """A landed value without what a source may have put into the wrong column."""
    kind = next(column.type for column in feed.columns if column.name == name)
    if kind in ("open_code", "upper"):
        return shown_code(value)
    return shown_text(value) if kind == "text" else value
