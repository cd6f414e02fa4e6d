-- Grain: one row per business_date, platform, country_code, acquisition_channel with purchase money or a paid purchase order. Flow.
{{ config(affected_by=[{'changes': 'std_money_movements'}, {'changes': 'std_paid_orders', 'columns': ['paid_date']}]) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'purchase' and {{ in_scope() }}
),

paid_orders as (
    select * from {{ ref('std_paid_orders') }} where business_type = 'purchase' and {{ in_scope(['paid_date']) }}
),

money as (
    select
        business_date,
        platform,
        country_code,
        acquisition_channel,
        {{ paid_component('goods') }} as goods_cny,
        {{ paid_component('domestic_freight') }} as domestic_freight_cny,
        {{ paid_component('service_fee') }} as service_fee_cny,
        {{ paid_component('supplement') }} as supplement_cny,
        {{ paid_component('unallocated') }} as unallocated_cny,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        {{ net_revenue() }} as net_revenue_cny
    from movements
    group by business_date, platform, country_code, acquisition_channel
),

orders as (
    select
        paid_date as business_date,
        platform,
        country_code,
        acquisition_channel,
        count(*) as paid_order_count,
        {{ sum_count('item_quantity') }} as item_quantity
    from paid_orders
    group by paid_date, platform, country_code, acquisition_channel
)

select
    business_date,
    platform,
    country_code,
    acquisition_channel,
    coalesce(orders.paid_order_count, 0) as paid_order_count,
    coalesce(orders.item_quantity, 0) as item_quantity,
    coalesce(money.goods_cny, 0) as goods_cny,
    coalesce(money.domestic_freight_cny, 0) as domestic_freight_cny,
    coalesce(money.service_fee_cny, 0) as service_fee_cny,
    coalesce(money.supplement_cny, 0) as supplement_cny,
    coalesce(money.unallocated_cny, 0) as unallocated_cny,
    coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
    coalesce(money.refund_cny, 0) as refund_cny,
    coalesce(money.chargeback_cny, 0) as chargeback_cny,
    coalesce(money.net_revenue_cny, 0) as net_revenue_cny
from money
full outer join orders using (business_date, platform, country_code, acquisition_channel)
