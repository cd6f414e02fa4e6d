-- Grain: one row per feed: when it last landed, and the latest change it knows of (UTC).
select feed, last_landed_at, last_updated_at
from published.marts.core_freshness
order by feed
