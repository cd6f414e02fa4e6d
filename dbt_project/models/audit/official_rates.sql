-- Grain: one row per currency_code and business_date: the official rate of the day, for showing CNY figures in another currency.

with rates as (
    select * from {{ ref('std_fx_rates') }}
)

select
    currency_code,
    business_date,
    rate_source,
    rate_cny,
    rate_age_days,
    is_provisional,
    is_stale,
    is_fallback,
    rate_date,
    published_at
from rates
