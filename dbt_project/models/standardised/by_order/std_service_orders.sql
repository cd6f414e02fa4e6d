-- Grain: one row per service order (order_key) placed alone; services billed inside a parcel order are in std_forwarding_orders.

with orders as (
    select * from {{ ref('std_orders') }} where business_type = 'service' and {{ in_scope() }}
),

details as (
    select * from {{ ref('stg_service_orders') }} where {{ in_scope() }}
)

select
    orders.order_key,
    orders.order_id,
    orders.user_id,
    details.service_code,
    details.target_type,
    details.target_id,
    orders.status,
    coalesce(details.quantity, 1) as quantity,
    orders.is_counted,
    orders.is_created,
    orders.is_cancelled,
    orders.created_date,
    orders.paid_date,
    orders.created_at,
    orders.paid_at,
    case when details.done_at < {{ as_of() }} then details.done_at end as done_at,
    orders.cancelled_at
from orders
inner join details
    on orders.order_key = details.order_key
