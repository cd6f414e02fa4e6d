-- Grain: one row per business_date, warehouse_code, line_code, channel, country_code with forwarding money or a paid parcel order. Flow.
-- Boxes, weights and the carrier's cost stand on the paid date of their order.
{{ config(
    materialized='incremental',
    incremental_strategy='affected',
    scope_key=['business_date'],
    affected_by=[
        {'changes': 'std_money_movements', 'columns': ['business_date']},
        {'changes': 'std_forwarding_orders', 'columns': ['paid_date']}
    ]
) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'forwarding' and {{ in_scope() }}
),

orders as (
    select * from {{ ref('std_forwarding_orders') }} where paid_date is not null and {{ in_scope(['paid_date']) }}
),

money as (
    select
        business_date,
        warehouse_code,
        line_code,
        channel,
        country_code,
        0 as paid_order_count,
        0 as box_count,
        0 as actual_weight_g,
        0 as chargeable_weight_g,
        cast(null as decimal(18, 2)) as carrier_cost_cny,
        {{ paid_component('freight') }} as freight_cny,
        {{ paid_component('surcharge') }} as surcharge_cny,
        {{ paid_component('insurance') }} as insurance_cny,
        {{ paid_component('customs') }} as customs_cny,
        {{ paid_component('supplement') }} as supplement_cny,
        {{ paid_component('unallocated') }} as unallocated_cny,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny
    from movements
    group by business_date, warehouse_code, line_code, channel, country_code
),

order_counts as (
    select
        paid_date as business_date,
        warehouse_code,
        line_code,
        channel,
        country_code,
        count(*) as paid_order_count,
        sum(box_count) as box_count,
        sum(actual_weight_g) as actual_weight_g,
        sum(chargeable_weight_g) as chargeable_weight_g,
        sum(carrier_cost_cny) as carrier_cost_cny
    from orders
    group by paid_date, warehouse_code, line_code, channel, country_code
),

stacked as (
    select * from money
    union all
    select
        *,
        0 as freight_cny,
        0 as surcharge_cny,
        0 as insurance_cny,
        0 as customs_cny,
        0 as supplement_cny,
        0 as unallocated_cny,
        0 as gross_paid_cny,
        0 as refund_cny,
        0 as chargeback_cny
    from order_counts
)

select
    business_date,
    warehouse_code,
    line_code,
    channel,
    country_code,
    cast(sum(paid_order_count) as bigint) as paid_order_count,
    cast(sum(box_count) as bigint) as box_count,
    cast(sum(actual_weight_g) as bigint) as actual_weight_g,
    cast(sum(chargeable_weight_g) as bigint) as chargeable_weight_g,
    cast(sum(freight_cny) as decimal(18, 2)) as freight_cny,
    cast(sum(surcharge_cny) as decimal(18, 2)) as surcharge_cny,
    cast(sum(insurance_cny) as decimal(18, 2)) as insurance_cny,
    cast(sum(customs_cny) as decimal(18, 2)) as customs_cny,
    cast(sum(supplement_cny) as decimal(18, 2)) as supplement_cny,
    cast(sum(unallocated_cny) as decimal(18, 2)) as unallocated_cny,
    cast(sum(gross_paid_cny) as decimal(18, 2)) as gross_paid_cny,
    cast(sum(refund_cny) as decimal(18, 2)) as refund_cny,
    cast(sum(chargeback_cny) as decimal(18, 2)) as chargeback_cny,
    cast(sum(gross_paid_cny - refund_cny - chargeback_cny) as decimal(18, 2)) as net_revenue_cny,
    cast(sum(carrier_cost_cny) as decimal(18, 2)) as carrier_cost_cny
from stacked
group by business_date, warehouse_code, line_code, channel, country_code
