-- core_display_daily has a row for every row of core_daily and display currency, and its money is that row's CNY at the rate it shows.
-- Fails with each date, business type and currency that is missing, stands alone, or is converted otherwise.
{{ config(meta={'dagster': {'ref': {'name': 'core_display_daily'}}}) }}

{% set figures = ['gross_paid', 'refund', 'chargeback', 'net_revenue'] %}

with displayed as (
    select * from {{ ref('core_display_daily') }}
),

days as (
    select * from {{ ref('core_daily') }}
),

currencies as (
    select distinct currency_code from {{ ref('std_display_rates') }}
),

expected as (
    select
        days.*,
        currencies.currency_code
    from days
    cross join currencies
)

select
    coalesce(expected.business_date, displayed.business_date) as business_date,
    coalesce(expected.business_type, displayed.business_type) as business_type,
    coalesce(expected.currency_code, displayed.currency_code) as currency_code
from expected
full outer join displayed
    on expected.business_date = displayed.business_date
        and expected.business_type = displayed.business_type
        and expected.currency_code = displayed.currency_code
where expected.business_date is null
    or displayed.business_date is null
    {% for figure in figures %}
    or displayed.{{ figure }} is distinct from {{ cny_to_foreign('expected.' ~ figure ~ '_cny', 'displayed.rate_cny') }}
    {% endfor %}
