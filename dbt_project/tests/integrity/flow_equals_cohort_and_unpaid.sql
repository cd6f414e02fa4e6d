-- Over all time, flow = cohort + money of orders not yet paid in full or not yet arrived, to the fen. Fails if not.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'orders_cohort_daily'}}}) }}

with flow as (
    select sum(net_revenue_cny) as net_revenue_cny from {{ ref('orders_daily') }}
),

cohort as (
    select sum(net_revenue_cny) as net_revenue_cny from {{ ref('orders_cohort_daily') }}
),

not_paid_in_full as (
    select sum(amount_cny) as net_revenue_cny
    from {{ ref('std_money_movements') }}
    where business_type = 'purchase'
        and order_key not in (select order_key from {{ ref('std_purchase_orders') }} where paid_at is not null)
)

select
    flow.net_revenue_cny as flow_cny,
    cohort.net_revenue_cny as cohort_cny,
    not_paid_in_full.net_revenue_cny as not_paid_in_full_cny
from flow
cross join cohort
cross join not_paid_in_full
where coalesce(flow.net_revenue_cny, 0) <> coalesce(cohort.net_revenue_cny, 0) + coalesce(not_paid_in_full.net_revenue_cny, 0)
