-- Grain: one row per parcel order (order_key); counts, weights, times and the carrier's cost, never revenue (R4).

with orders as (
    select * from {{ ref('std_orders') }} where business_type = 'forwarding' and {{ in_scope() }}
),

details as (
    select * from {{ ref('stg_forwarding_orders') }} where {{ in_scope() }}
),

boxes as (
    select * from {{ ref('std_forwarding_boxes') }} where {{ in_scope() }}
),

lines as (
    select * from {{ ref('std_shipping_lines') }}
),

parcels as (
    select
        order_key,
        count(*) as box_count,
        sum(actual_weight_g) as actual_weight_g,
        sum(chargeable_weight_g) as chargeable_weight_g,
        sum(carrier_cost_cny) as carrier_cost_cny,
        count(carrier_cost_cny) as carrier_cost_known_box_count
    from boxes
    group by order_key
),

happened as (
    select
        order_key,
        warehouse_code,
        line_code,
        destination_country,
        service_cny > 0 as is_service_billed,
        case when packed_at < {{ as_of() }} then packed_at end as packed_at,
        case when shipped_at < {{ as_of() }} then shipped_at end as shipped_at,
        case when delivered_at < {{ as_of() }} then delivered_at end as delivered_at,
        status = 'delivered' and delivered_at is null as is_delivered_undated
    from details
)

select
    orders.order_key,
    orders.order_id,
    orders.user_id,
    happened.warehouse_code,
    {{ open_code('happened.line_code') }} as line_code,
    coalesce(lines.channel, 'unknown') as channel,
    happened.destination_country,
    orders.status,
    cast(coalesce(parcels.box_count, 0) as bigint) as box_count,
    cast(coalesce(parcels.actual_weight_g, 0) as bigint) as actual_weight_g,
    cast(coalesce(parcels.chargeable_weight_g, 0) as bigint) as chargeable_weight_g,
    cast(parcels.carrier_cost_cny as decimal(18, 2)) as carrier_cost_cny,
    cast(coalesce(parcels.carrier_cost_known_box_count, 0) as bigint) as carrier_cost_known_box_count,
    lines.promised_days,
    orders.is_counted,
    orders.is_created,
    orders.is_cancelled,
    happened.is_service_billed,
    happened.delivered_at is not null or happened.is_delivered_undated as is_delivered,
    orders.created_date,
    orders.paid_date,
    {{ business_date('happened.shipped_at') }} as shipped_date,
    orders.created_at,
    orders.paid_at,
    happened.packed_at,
    happened.shipped_at,
    happened.delivered_at,
    orders.cancelled_at
from orders
inner join happened
    on orders.order_key = happened.order_key
left join parcels
    on orders.order_key = parcels.order_key
left join lines
    on happened.line_code = lines.line_code
        and orders.created_date >= lines.valid_from
        and orders.created_date < {{ or_never('lines.valid_to') }}
