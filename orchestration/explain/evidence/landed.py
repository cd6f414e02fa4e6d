"""Landed data itself as evidence: quarantined rows, batches, the latest changes of a feed."""

from ingest.contract.feeds import FEEDS
from orchestration.explain.evidence.rows import Evidence, RawLink

QUARANTINE = Evidence(
    noun="quarantined rows",
    relation="select * from audit.quarantine where not is_released",
    shown=("quarantine_id", "stage", "reason", "detail", "source_name", "line", "batch_id", "quarantined_at"),
    order="quarantine_id, reason",
    # What landing refused is not in raw; what modelling says something of is.
    links=tuple(
        RawLink(
            feed,
            f"e.stage <> 'landing' and e.feed = '{feed}' and r._batch_id = e.batch_id and r._line = e.line",
        )
        for feed in FEEDS
    ),
)

BATCHES = Evidence(
    noun="landed batches",
    relation="select * from audit.load_batches where status = 'landed'",
    shown=("batch_id", "feed", "source_name", "rows_accepted", "rows_quarantined", "landed_at"),
    order="landed_at desc, batch_id",
)

LATEST_CHANGES = Evidence(
    noun="latest changes",
    relation=" union all ".join(
        f"(select '{name}' as feed, _updated_at, _landing_seq from staging.stg_{name} "
        "qualify rank() over (order by _updated_at desc nulls last) = 1)"
        for name, feed in FEEDS.items()
        if "updated_at" in feed.column_names
    ),
    shown=("feed",),
    order="_landing_seq",
    links=tuple(
        RawLink(name, f"e.feed = '{name}' and r._landing_seq = e._landing_seq")
        for name, feed in FEEDS.items()
        if "updated_at" in feed.column_names
    ),
)
