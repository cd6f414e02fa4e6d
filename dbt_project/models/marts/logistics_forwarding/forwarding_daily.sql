-- Grain: one row per business_date, warehouse_code, line_code, channel, destination_country with forwarding money or a paid parcel order. Flow.
-- Boxes, weights, the carrier's cost and the margin stand on the paid date of their order.
{{ config(
    affected_by=[
        {'changes': 'std_money_movements'},
        {'changes': 'std_money_movements', 'columns': ['order_paid_date']},
        {'changes': 'std_paid_orders', 'columns': ['paid_date']}
    ]
) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'forwarding' and {{ in_scope() }}
),

paid_orders as (
    select * from {{ ref('std_paid_orders') }} where business_type = 'forwarding' and {{ in_scope(['paid_date']) }}
),

movements_of_orders as (
    select *
    from {{ ref('std_money_movements') }}
    where business_type = 'forwarding' and {{ in_scope(['order_paid_date']) }}
),

money as (
    select
        business_date,
        warehouse_code,
        line_code,
        channel,
        destination_country,
        {{ paid_component('freight') }} as freight_cny,
        {{ paid_component('surcharge') }} as surcharge_cny,
        {{ paid_component('insurance') }} as insurance_cny,
        {{ paid_component('customs') }} as customs_cny,
        {{ paid_component('supplement') }} as supplement_cny,
        {{ paid_component('unallocated') }} as unallocated_cny,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        {{ net_revenue() }} as net_revenue_cny
    from movements
    group by business_date, warehouse_code, line_code, channel, destination_country
),

money_by_order as (
    select order_key, {{ net_revenue() }} as net_revenue_cny
    from movements_of_orders
    group by order_key
),

-- A margin is known of an order whose boxes, at least one, all have a known cost.
margins as (
    select
        order_key,
        coalesce(money_by_order.net_revenue_cny, 0) - paid_orders.carrier_cost_cny as freight_margin_cny
    from paid_orders
    left join money_by_order using (order_key)
    where paid_orders.box_count > 0
        and paid_orders.carrier_cost_known_box_count = paid_orders.box_count
),

orders as (
    select
        paid_date as business_date,
        warehouse_code,
        line_code,
        channel,
        destination_country,
        count(*) as paid_order_count,
        {{ sum_count('box_count') }} as box_count,
        {{ sum_count('actual_weight_g') }} as actual_weight_g,
        {{ sum_count('chargeable_weight_g') }} as chargeable_weight_g,
        {{ sum_cny('carrier_cost_cny') }} as carrier_cost_cny,
        {{ sum_count('carrier_cost_known_box_count') }} as carrier_cost_known_box_count,
        {{ sum_cny('freight_margin_cny') }} as freight_margin_cny
    from paid_orders
    left join margins using (order_key)
    group by paid_date, warehouse_code, line_code, channel, destination_country
)

select
    business_date,
    warehouse_code,
    line_code,
    channel,
    destination_country,
    coalesce(orders.paid_order_count, 0) as paid_order_count,
    coalesce(orders.box_count, 0) as box_count,
    coalesce(orders.actual_weight_g, 0) as actual_weight_g,
    coalesce(orders.chargeable_weight_g, 0) as chargeable_weight_g,
    coalesce(money.freight_cny, 0) as freight_cny,
    coalesce(money.surcharge_cny, 0) as surcharge_cny,
    coalesce(money.insurance_cny, 0) as insurance_cny,
    coalesce(money.customs_cny, 0) as customs_cny,
    coalesce(money.supplement_cny, 0) as supplement_cny,
    coalesce(money.unallocated_cny, 0) as unallocated_cny,
    coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
    coalesce(money.refund_cny, 0) as refund_cny,
    coalesce(money.chargeback_cny, 0) as chargeback_cny,
    coalesce(money.net_revenue_cny, 0) as net_revenue_cny,
    orders.carrier_cost_cny,
    coalesce(orders.carrier_cost_known_box_count, 0) as carrier_cost_known_box_count,
    orders.freight_margin_cny
from money
full outer join orders using (business_date, warehouse_code, line_code, channel, destination_country)
