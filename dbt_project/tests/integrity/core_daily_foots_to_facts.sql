-- Every figure of core_daily is what the facts say, counted here another way: money from the movements, orders from the paid
-- orders, people distinct from the movements; in `all` money is the sum of the types, an order is one.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'core_daily'}}}) }}

with core_daily as (
    select * from {{ ref('core_daily') }}
),

movements as (
    select * from {{ ref('std_money_movements') }}
),

paid_orders as (
    select * from {{ ref('std_paid_orders') }}
),

grouped as (
    select
        business_date,
        coalesce(business_type, 'all') as business_type,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        sum(amount_cny) as net_revenue_cny,
        count(distinct case when movement_type = 'payment' then user_id end) as paying_user_count
    from movements
    group by grouping sets ((business_date, business_type), (business_date))
),

orders_grouped as (
    select paid_date as business_date, business_type, count(*) as paid_order_count
    from paid_orders
    group by paid_date, business_type
    union all
    -- Each order once: in the row of its own type.
    select paid_date as business_date, 'all' as business_type, count(*) as paid_order_count
    from paid_orders
    where business_type = order_type
    group by paid_date
),

firsts as (
    select user_id, coalesce(business_type, 'all') as business_type, min(business_date) as business_date
    from movements
    where movement_type = 'payment'
    group by grouping sets ((user_id, business_type), (user_id))
),

new_grouped as (
    select business_date, business_type, count(*) as new_user_count
    from firsts
    group by business_date, business_type
),

keys as (
    select business_date, business_type from core_daily
    union
    select business_date, business_type from grouped
    union
    select business_date, business_type from orders_grouped
    where business_date >= (select min(business_date) from core_daily)
),

compared as (
    select
        keys.*,
        core_daily.gross_paid_cny = coalesce(grouped.gross_paid_cny, 0)
        and core_daily.refund_cny = coalesce(grouped.refund_cny, 0)
        and core_daily.chargeback_cny = coalesce(grouped.chargeback_cny, 0)
        and core_daily.net_revenue_cny = coalesce(grouped.net_revenue_cny, 0) as is_money_equal,
        core_daily.paid_order_count = coalesce(orders_grouped.paid_order_count, 0) as is_order_count_equal,
        core_daily.paying_user_count = coalesce(grouped.paying_user_count, 0)
        and core_daily.new_user_count = coalesce(new_grouped.new_user_count, 0)
        and core_daily.new_user_count + core_daily.returning_user_count = core_daily.paying_user_count as is_user_count_equal
    from keys
    left join core_daily
        on keys.business_date = core_daily.business_date
            and keys.business_type = core_daily.business_type
    left join grouped
        on keys.business_date = grouped.business_date
            and keys.business_type = grouped.business_type
    left join orders_grouped
        on keys.business_date = orders_grouped.business_date
            and keys.business_type = orders_grouped.business_type
    left join new_grouped
        on keys.business_date = new_grouped.business_date
            and keys.business_type = new_grouped.business_type
)

select *
from compared
where not coalesce(is_money_equal and is_order_count_equal and is_user_count_equal, false)
