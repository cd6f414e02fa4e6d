-- Grain: one row per business_date, warehouse_code, line_code, channel, country_code with forwarding money or a paid parcel order. Flow.
-- Boxes, weights and the carrier's cost stand on the paid date of their order.
{{ config(affected_by=[{'changes': 'std_money_movements'}, {'changes': 'std_paid_orders', 'columns': ['paid_date']}]) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'forwarding' and {{ in_scope() }}
),

paid_orders as (
    select * from {{ ref('std_paid_orders') }} where business_type = 'forwarding' and {{ in_scope(['paid_date']) }}
),

money as (
    select
        business_date,
        warehouse_code,
        line_code,
        channel,
        country_code,
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
    group by business_date, warehouse_code, line_code, channel, country_code
),

orders as (
    select
        paid_date as business_date,
        warehouse_code,
        line_code,
        channel,
        country_code,
        count(*) as paid_order_count,
        {{ sum_count('box_count') }} as box_count,
        {{ sum_count('actual_weight_g') }} as actual_weight_g,
        {{ sum_count('chargeable_weight_g') }} as chargeable_weight_g,
        {{ sum_cny('carrier_cost_cny') }} as carrier_cost_cny
    from paid_orders
    group by paid_date, warehouse_code, line_code, channel, country_code
)

select
    business_date,
    warehouse_code,
    line_code,
    channel,
    country_code,
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
    orders.carrier_cost_cny
from money
full outer join orders using (business_date, warehouse_code, line_code, channel, country_code)
