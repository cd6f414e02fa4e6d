-- Grain: one row per business_date and service_code with service money or a paid service order; `parcel_bundle` is what parcel orders
-- billed as service. Flow.
{{ config(affected_by=[{'changes': 'std_money_movements'}, {'changes': 'std_paid_orders', 'columns': ['paid_date']}]) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'service' and {{ in_scope() }}
),

paid_orders as (
    select * from {{ ref('std_paid_orders') }} where business_type = 'service' and {{ in_scope(['paid_date']) }}
),

money as (
    select
        business_date,
        service_code,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        {{ net_revenue() }} as net_revenue_cny
    from movements
    group by business_date, service_code
),

orders as (
    select paid_date as business_date, service_code, count(*) as paid_order_count
    from paid_orders
    group by paid_date, service_code
)

select
    business_date,
    service_code,
    coalesce(orders.paid_order_count, 0) as paid_order_count,
    coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
    coalesce(money.refund_cny, 0) as refund_cny,
    coalesce(money.chargeback_cny, 0) as chargeback_cny,
    coalesce(money.net_revenue_cny, 0) as net_revenue_cny
from money
full outer join orders using (business_date, service_code)
