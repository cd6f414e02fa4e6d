-- Grain: one row per currency_code and business_date: the official rate of the day (R12). No row where no rate is known.

with calendar as (
    select * from {{ ref('std_calendar') }}
),

published as (
    select
        *,
        rate_source <> '{{ var("official_rate_source") }}' as is_fallback
    from {{ ref('stg_fx_rates') }}
    where rate_source in ('{{ var("official_rate_source") }}', '{{ var("fallback_rate_source") }}')
        and currency_code <> 'CNY'
        and rate_cny > 0
        and (published_at is null or published_at < {{ as_of() }})
),

validity as (
    select
        *,
        lead(rate_date) over (partition by rate_source, currency_code order by rate_date) as next_rate_date
    from published
),

recent as (
    -- Rates that ended before the calendar begins feed no day.
    select *
    from validity
    where next_rate_date is null or next_rate_date > (select min(business_date) from calendar)
),

expanded as (
    select
        recent.currency_code,
        calendar.business_date,
        recent.rate_cny,
        recent.rate_date,
        recent.published_at,
        recent.rate_source,
        recent.next_rate_date,
        recent.is_fallback,
        row_number() over (
            partition by recent.currency_code, calendar.business_date order by recent.is_fallback
        ) as source_rank
    from calendar
    inner join recent
        on calendar.business_date >= recent.rate_date
            and calendar.business_date < {{ or_never('recent.next_rate_date') }}
),

official as (
    select
        currency_code,
        business_date,
        rate_cny,
        rate_date,
        published_at,
        rate_source,
        {{ days_between('rate_date', 'business_date') }} as rate_age_days,
        rate_date < business_date and next_rate_date is null as is_provisional,
        is_fallback
    from expanded
    where source_rank = 1
    union all
    select
        'CNY' as currency_code,
        business_date,
        1 as rate_cny,
        business_date as rate_date,
        cast(null as timestamp) as published_at,
        'book_currency' as rate_source,
        0 as rate_age_days,
        false as is_provisional,
        false as is_fallback
    from calendar
)

select
    currency_code,
    business_date,
    rate_source,
    cast(rate_cny as decimal(20, 10)) as rate_cny,
    cast(rate_age_days as bigint) as rate_age_days,
    is_provisional,
    rate_age_days > 0 as is_carried,
    rate_age_days > {{ var('stale_rate_days') }} as is_stale,
    is_fallback,
    rate_date,
    published_at
from official
