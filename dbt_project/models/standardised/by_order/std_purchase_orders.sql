-- Grain: one row per purchase order (order_key); counts, times and the cost of buying, never revenue (R4).

with orders as (
    select * from {{ ref('std_orders') }} where business_type = 'purchase' and {{ in_scope() }}
),

details as (
    select * from {{ ref('stg_purchase_orders') }} where {{ in_scope() }}
),

lines as (
    select * from {{ ref('stg_purchase_order_lines') }} where not is_deleted and {{ in_scope() }}
),

quantities as (
    select order_key, sum(quantity) as item_quantity, count(*) as line_count
    from lines
    group by order_key
),

-- What lies at or after the as-of has not happened.
happened as (
    select
        order_key,
        platform,
        cancel_reason,
        purchase_cost_cny,
        case when purchased_at < {{ as_of() }} then purchased_at end as purchased_at,
        case when stored_at < {{ as_of() }} then stored_at end as stored_at,
        case when completed_at < {{ as_of() }} then completed_at end as completed_at,
        status = 'completed' and completed_at is null as is_completed_undated
    from details
)

select
    orders.order_key,
    orders.order_id,
    orders.user_id,
    happened.platform,
    orders.status,
    happened.cancel_reason,
    cast(coalesce(quantities.item_quantity, 0) as bigint) as item_quantity,
    cast(coalesce(quantities.line_count, 0) as bigint) as line_count,
    happened.purchase_cost_cny,
    orders.is_counted,
    orders.is_created,
    happened.completed_at is not null or happened.is_completed_undated as is_completed,
    orders.is_cancelled,
    orders.created_date,
    orders.paid_date,
    orders.created_at,
    orders.paid_at,
    happened.purchased_at,
    happened.stored_at,
    happened.completed_at,
    orders.cancelled_at
from orders
inner join happened
    on orders.order_key = happened.order_key
left join quantities
    on orders.order_key = quantities.order_key
