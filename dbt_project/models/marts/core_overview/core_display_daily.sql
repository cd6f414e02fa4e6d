-- Grain: one row per business_date, business_type incl. `all` and display currency: the money of core_daily at the day's official rate.
-- Each figure is converted from its stored CNY and rounded once (R15), so the converted net is not the difference of the others.
-- Days × display currencies is small, and a first rate changes what is said of all dates before it, so it is computed whole.
{{ config(materialized='table') }}

with days as (
    select * from {{ ref('core_daily') }}
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

first_rates as (
    select currency_code, min(business_date) as first_rated_date
    from rates
    group by currency_code
),

rated as (
    select
        days.business_date,
        days.business_type,
        currencies.currency_code,
        days.gross_paid_cny,
        days.refund_cny,
        days.chargeback_cny,
        days.net_revenue_cny,
        rates.rate_cny,
        rates.rate_date,
        -- Before a currency's first rate no rate is awaited: an earlier one never comes.
        coalesce(rates.is_provisional, first_rates.first_rated_date is null) as is_rate_provisional,
        coalesce(rates.is_stale, false) as is_rate_stale
    from days
    cross join currencies
    left join rates using (business_date, currency_code)
    left join first_rates using (currency_code)
)

select
    business_date,
    business_type,
    currency_code,
    {% for figure in ['gross_paid', 'refund', 'chargeback', 'net_revenue'] %}
    cast({{ cny_to_foreign(figure ~ '_cny', 'rate_cny') }} as decimal(18, 2)) as {{ figure }},
    {% endfor %}
    rate_cny,
    is_rate_provisional,
    is_rate_stale,
    rate_date
from rated
