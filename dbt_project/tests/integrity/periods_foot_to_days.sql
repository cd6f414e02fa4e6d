-- The money and orders of a period are those of its dates in core_daily; its new and returning users are its paying users.
-- Fails with each period and business type that is not so.
{{ config(meta={'dagster': {'ref': {'name': 'core_periods'}}}) }}

{% set additive = ['gross_paid_cny', 'refund_cny', 'chargeback_cny', 'net_revenue_cny', 'paid_order_count', 'new_user_count'] %}

with periods as (
    select * from {{ ref('core_periods') }}
),

days as (
    select * from {{ ref('core_daily') }}
),

summed as (
    select
        {% for measure in additive %}
        coalesce(sum(days.{{ measure }}), 0) as {{ measure }},
        {% endfor %}
        periods.period,
        periods.business_type
    from periods
    left join days
        on periods.business_type = days.business_type
            and days.business_date between periods.period_start_date and periods.period_end_date
    group by periods.period, periods.business_type
)

select periods.*
from periods
inner join summed
    on periods.period = summed.period
        and periods.business_type = summed.business_type
where
    {% for measure in additive %}
    {{ "or " if not loop.first }}periods.{{ measure }} <> summed.{{ measure }}
    {% endfor %}
    or periods.new_user_count + periods.returning_user_count <> periods.paying_user_count
    or periods.previous_new_user_count + periods.previous_returning_user_count <> periods.previous_paying_user_count
    or least(periods.returning_user_count, periods.previous_returning_user_count) < 0
