-- Grain: one row per business_date and display currency (setting `display_currencies`): its official rate, NULL where none is known.

with calendar as (
    select * from {{ ref('std_calendar') }}
),

rates as (
    select * from {{ ref('std_fx_rates') }}
),

currencies as (
    {% for currency_code in var('display_currencies') %}
    select '{{ currency_code }}' as currency_code
    union all
    {% endfor %}
    select 'CNY' as currency_code where false
),

rated_currencies as (
    select distinct currency_code from rates
)

select
    currencies.currency_code,
    rates.rate_cny,
    -- Before a currency's first rate none is awaited: an earlier one never comes.
    coalesce(rates.is_provisional, rated_currencies.currency_code is null) as is_provisional,
    coalesce(rates.is_stale, false) as is_stale,
    calendar.business_date,
    rates.rate_date
from calendar
cross join currencies
left join rates
    on calendar.business_date = rates.business_date
        and currencies.currency_code = rates.currency_code
left join rated_currencies
    on currencies.currency_code = rated_currencies.currency_code
