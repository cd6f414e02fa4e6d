-- core_hourly has every hour of its dates for every business type, and its money adds up to that of core_daily; an order is counted in
-- one hour, so orders add up too. Fails with each date and business type that is incomplete or does not add up.
{{ config(meta={'dagster': {'ref': {'name': 'core_hourly'}}}) }}

with hours as (
    select
        business_date,
        business_type,
        count(*) as hour_count,
        sum(gross_paid_cny) as gross_paid_cny,
        sum(refund_cny) as refund_cny,
        sum(chargeback_cny) as chargeback_cny,
        sum(net_revenue_cny) as net_revenue_cny,
        sum(paid_order_count) as paid_order_count,
        max(paying_user_count) as paying_user_count
    from {{ ref('core_hourly') }}
    group by business_date, business_type
),

days as (
    select
        *,
        case
            when business_date < {{ business_date(last_instant()) }} then 24
            else {{ business_hour(last_instant()) }} + 1
        end as hour_count
    from {{ ref('core_daily') }}
    where business_date > {{ add_days(as_of_date(), -35) }} and business_date <= {{ business_date(last_instant()) }}
)

select
    coalesce(days.business_date, hours.business_date) as business_date,
    coalesce(days.business_type, hours.business_type) as business_type
from days
full outer join hours
    on days.business_date = hours.business_date
        and days.business_type = hours.business_type
where days.hour_count is distinct from hours.hour_count
    or days.gross_paid_cny <> hours.gross_paid_cny
    or days.refund_cny <> hours.refund_cny
    or days.chargeback_cny <> hours.chargeback_cny
    or days.net_revenue_cny <> hours.net_revenue_cny
    or days.paid_order_count <> hours.paid_order_count
    or days.paying_user_count < hours.paying_user_count
