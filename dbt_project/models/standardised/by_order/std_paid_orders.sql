-- Grain: one row per order_key and business_type: a paid order, once in its own type and, where it bills a service, once as `service`
-- (R7, R19). The one order fact: counts, weights and costs stand on the row of the order's own type, and add up; never money.

with orders as (
    select * from {{ ref('std_orders') }} where paid_date is not null and {{ in_scope() }}
),

purchase_orders as (
    select * from {{ ref('std_purchase_orders') }} where {{ in_scope() }}
),

forwarding_orders as (
    select * from {{ ref('std_forwarding_orders') }} where {{ in_scope() }}
),

service_orders as (
    select * from {{ ref('std_service_orders') }} where {{ in_scope() }}
),

user_attributes as (
    select * from {{ ref('std_user_attributes') }}
),

counted as (
    select order_key, business_type, true as is_own_type
    from orders
    union all
    -- A service billed inside a parcel order is one paid service order (R19).
    select order_key, 'service' as business_type, false as is_own_type
    from forwarding_orders
    where is_service_billed
)

select
    counted.order_key,
    counted.business_type,
    orders.order_id,
    orders.business_type as order_type,
    orders.user_id,
    orders.status,
    purchase_orders.platform,
    forwarding_orders.warehouse_code,
    forwarding_orders.line_code,
    forwarding_orders.channel,
    forwarding_orders.destination_country,
    case when counted.is_own_type then service_orders.service_code else 'parcel_bundle' end as service_code,
    -- As known of the order's user when it was paid, so that it stays when they move (R19).
    coalesce(user_attributes.country_code, 'ZZ') as country_code,
    coalesce(user_attributes.acquisition_channel, 'unknown') as acquisition_channel,
    coalesce(user_attributes.gender, 'unknown') as gender,
    purchase_orders.item_quantity,
    case when counted.is_own_type then forwarding_orders.box_count end as box_count,
    case when counted.is_own_type then forwarding_orders.actual_weight_g end as actual_weight_g,
    case when counted.is_own_type then forwarding_orders.chargeable_weight_g end as chargeable_weight_g,
    case when counted.is_own_type then forwarding_orders.carrier_cost_cny end as carrier_cost_cny,
    case when counted.is_own_type then forwarding_orders.carrier_cost_known_box_count end as carrier_cost_known_box_count,
    orders.paid_date,
    orders.paid_at
from counted
inner join orders
    on counted.order_key = orders.order_key
left join purchase_orders
    on counted.order_key = purchase_orders.order_key
left join forwarding_orders
    on counted.order_key = forwarding_orders.order_key
left join service_orders
    on counted.order_key = service_orders.order_key
left join user_attributes
    on orders.user_id = user_attributes.user_id
        and {{ is_valid_at('user_attributes', 'orders.paid_at') }}
