-- The money, payers and paid orders of a month in users_monthly are those of the facts, business type by business type: every payer stands
-- in one row. Fails with each month and business type that leaves a difference.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'users_monthly'}}}) }}

with two_sides as (
    select
        month,
        business_type,
        gross_paid_cny,
        net_revenue_cny,
        paying_user_count,
        new_user_count + returning_user_count as new_or_returning_user_count,
        paid_order_count
    from {{ ref('users_monthly') }}
    union all
    select
        {{ month_of('business_date') }} as month,
        coalesce(business_type, 'all') as business_type,
        -1 * {{ gross_paid() }} as gross_paid_cny,
        -1 * {{ net_revenue() }} as net_revenue_cny,
        -count(distinct case when movement_type = 'payment' then user_id end) as paying_user_count,
        -count(distinct case when movement_type = 'payment' then user_id end) as new_or_returning_user_count,
        0 as paid_order_count
    from {{ ref('std_money_movements') }}
    group by grouping sets (({{ month_of('business_date') }}, business_type), ({{ month_of('business_date') }}))
    union all
    select
        {{ month_of('paid_date') }} as month,
        coalesce(business_type, 'all') as business_type,
        0 as gross_paid_cny,
        0 as net_revenue_cny,
        0 as paying_user_count,
        0 as new_or_returning_user_count,
        -count(distinct order_key) as paid_order_count
    from {{ ref('std_paid_orders') }}
    group by grouping sets (({{ month_of('paid_date') }}, business_type), ({{ month_of('paid_date') }}))
)

select month, business_type
from two_sides
group by month, business_type
having sum(gross_paid_cny) <> 0
    or sum(net_revenue_cny) <> 0
    or sum(paying_user_count) <> 0
    or sum(new_or_returning_user_count) <> 0
    or sum(paid_order_count) <> 0
