-- Grain: one row per rate_source that has delivered rates or that a setting names: whether what the books rest on is there.

with rates as (
    select
        {{ open_code('rate_source') }} as rate_source,
        currency_code,
        rate_date
    from {{ ref('stg_fx_rates') }}
    where currency_code <> 'CNY' and (published_at is null or published_at < {{ as_of() }})
),

named as (
    select '{{ var("official_rate_source") }}' as rate_source
    union
    select '{{ var("fallback_rate_source") }}' as rate_source where '{{ var("fallback_rate_source") }}' <> ''
),

delivered as (
    select
        rate_source,
        count(*) as rate_count,
        count(distinct currency_code) as currency_count,
        min(rate_date) as first_rate_date,
        max(rate_date) as last_rate_date
    from rates
    group by rate_source
)

select
    coalesce(named.rate_source, delivered.rate_source) as rate_source,
    coalesce(delivered.rate_count, 0) as rate_count,
    coalesce(delivered.currency_count, 0) as currency_count,
    coalesce(named.rate_source = '{{ var("official_rate_source") }}', false) as is_official,
    coalesce(named.rate_source <> '{{ var("official_rate_source") }}', false) as is_fallback,
    delivered.first_rate_date,
    delivered.last_rate_date
from named
full join delivered
    on named.rate_source = delivered.rate_source
