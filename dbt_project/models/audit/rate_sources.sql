-- Grain: one row per rate_source that has delivered rates or that a setting names: whether what the books rest on is there.

with rate_sources as (
    select * from {{ ref('std_rate_sources') }}
)

select
    rate_source,
    rate_count,
    currency_count,
    is_official,
    is_fallback,
    first_rate_date,
    last_rate_date
from rate_sources
