-- A quiet day is 0, never missing: core_daily has every date from the first counted payment to the as-of date for every
-- business type, users_daily every date from the first registration or counted payment, core_fx_daily every date of a currency from
-- its first payment. Fails with each series that is absent, has gaps or does not end with the as-of date.
{{ config(meta={'dagster': {'ref': {'name': 'core_daily'}}}) }}

with series as (
    select 'core_daily' as mart, business_type as series, business_date from {{ ref('core_daily') }}
    union all
    select 'users_daily' as mart, 'users' as series, business_date from {{ ref('users_daily') }}
    union all
    select 'core_fx_daily' as mart, currency_code as series, business_date from {{ ref('core_fx_daily') }}
),

bounds as (
    select mart, series, min(business_date) as first_date, max(business_date) as last_date, count(*) as date_count
    from series
    group by mart, series
),

reporting_dates as (
    select * from {{ ref('std_reporting_dates') }}
),

revenue_series as (
    select distinct business_type as series from {{ ref('components') }}
    union all
    select 'all' as series
),

expected as (
    select 'core_daily' as mart, revenue_series.series, min(reporting_dates.business_date) as first_date
    from reporting_dates
    cross join revenue_series
    where reporting_dates.has_revenue_started
    group by revenue_series.series
    union all
    select 'users_daily' as mart, 'users' as series, min(business_date) as first_date
    from reporting_dates
    having count(*) > 0
    union all
    select 'core_fx_daily' as mart, currency_code as series, min(paid_date) as first_date
    from {{ ref('std_fx_positions') }}
    group by currency_code
)

select
    coalesce(expected.mart, bounds.mart) as mart,
    coalesce(expected.series, bounds.series) as series,
    expected.first_date as expected_first_date,
    bounds.first_date,
    bounds.last_date,
    bounds.date_count
from expected
full outer join bounds
    on expected.mart = bounds.mart
        and expected.series = bounds.series
where expected.first_date is distinct from bounds.first_date
    or bounds.last_date is distinct from {{ as_of_date() }}
    or bounds.date_count is distinct from {{ days_between('bounds.first_date', 'bounds.last_date') }} + 1
