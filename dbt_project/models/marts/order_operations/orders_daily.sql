-- Grain: one row per business_date, platform, country_code, acquisition_channel with purchase money or a paid purchase order. Flow.
{{ config(
    materialized='incremental',
    incremental_strategy='affected',
    scope_key=['business_date'],
    affected_by=[
        {'changes': 'std_money_movements', 'columns': ['business_date']},
        {'changes': 'std_purchase_orders', 'columns': ['paid_date']}
    ]
) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'purchase' and {{ in_scope() }}
),

orders as (
    select * from {{ ref('std_purchase_orders') }} where paid_date is not null and {{ in_scope(['paid_date']) }}
),

money as (
    select
        business_date,
        platform,
        country_code,
        acquisition_channel,
        0 as paid_order_count,
        0 as item_quantity,
        {{ paid_component('goods') }} as goods_cny,
        {{ paid_component('domestic_freight') }} as domestic_freight_cny,
        {{ paid_component('service_fee') }} as service_fee_cny,
        {{ paid_component('supplement') }} as supplement_cny,
        {{ paid_component('unallocated') }} as unallocated_cny,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny
    from movements
    group by business_date, platform, country_code, acquisition_channel
),

order_counts as (
    select
        paid_date as business_date,
        platform,
        country_code,
        acquisition_channel,
        count(*) as paid_order_count,
        sum(item_quantity) as item_quantity
    from orders
    group by paid_date, platform, country_code, acquisition_channel
),

stacked as (
    select * from money
    union all
    select
        *,
        0 as goods_cny,
        0 as domestic_freight_cny,
        0 as service_fee_cny,
        0 as supplement_cny,
        0 as unallocated_cny,
        0 as gross_paid_cny,
        0 as refund_cny,
        0 as chargeback_cny
    from order_counts
)

select
    business_date,
    platform,
    country_code,
    acquisition_channel,
    cast(sum(paid_order_count) as bigint) as paid_order_count,
    cast(sum(item_quantity) as bigint) as item_quantity,
    cast(sum(goods_cny) as decimal(18, 2)) as goods_cny,
    cast(sum(domestic_freight_cny) as decimal(18, 2)) as domestic_freight_cny,
    cast(sum(service_fee_cny) as decimal(18, 2)) as service_fee_cny,
    cast(sum(supplement_cny) as decimal(18, 2)) as supplement_cny,
    cast(sum(unallocated_cny) as decimal(18, 2)) as unallocated_cny,
    cast(sum(gross_paid_cny) as decimal(18, 2)) as gross_paid_cny,
    cast(sum(refund_cny) as decimal(18, 2)) as refund_cny,
    cast(sum(chargeback_cny) as decimal(18, 2)) as chargeback_cny,
    cast(sum(gross_paid_cny - refund_cny - chargeback_cny) as decimal(18, 2)) as net_revenue_cny
from stacked
group by business_date, platform, country_code, acquisition_channel
