-- Grain: one row per feed and reason with rows in quarantine.
select feed, reason, quarantined_count
from published.marts.core_data_quality
order by quarantined_count desc, feed, reason
