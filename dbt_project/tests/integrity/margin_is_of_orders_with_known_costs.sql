-- The margin of a date is the forwarding money of its paid orders whose boxes all have a known cost, less these costs.
-- Fails with each date that is not so.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'forwarding_daily'}}}) }}

with boxes as (
    select order_key, carrier_cost_cny from {{ ref('std_forwarding_boxes') }}
),

orders as (
    select order_key, paid_date from {{ ref('std_orders') }} where business_type = 'forwarding' and paid_date is not null
),

movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'forwarding'
),

known_orders as (
    select orders.order_key, orders.paid_date
    from orders
    inner join boxes
        on orders.order_key = boxes.order_key
    group by orders.order_key, orders.paid_date
    having count(*) = count(boxes.carrier_cost_cny)
),

two_sides as (
    select business_date, freight_margin_cny as amount from {{ ref('forwarding_daily') }}
    union all
    select known_orders.paid_date as business_date, -1 * movements.amount_cny as amount
    from known_orders
    inner join movements using (order_key)
    union all
    select known_orders.paid_date as business_date, boxes.carrier_cost_cny as amount
    from known_orders
    inner join boxes using (order_key)
)

select business_date, sum(amount) as difference
from two_sides
group by business_date
having sum(amount) <> 0
