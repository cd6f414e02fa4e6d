-- Grain: one row per business_date and service_code with service money or a paid service order; `parcel_bundle` is what parcel orders
-- billed as service. Flow.
{{ config(
    materialized='incremental',
    incremental_strategy='affected',
    scope_key=['business_date'],
    affected_by=[
        {'changes': 'std_money_movements', 'columns': ['business_date']},
        {'changes': 'std_service_orders', 'columns': ['paid_date']},
        {'changes': 'std_forwarding_orders', 'columns': ['paid_date']}
    ]
) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'service' and {{ in_scope() }}
),

paid_orders as (
    select paid_date as business_date, service_code
    from {{ ref('std_service_orders') }}
    where paid_date is not null and {{ in_scope(['paid_date']) }}
    union all
    select paid_date as business_date, 'parcel_bundle' as service_code
    from {{ ref('std_forwarding_orders') }}
    where paid_date is not null and is_service_billed and {{ in_scope(['paid_date']) }}
),

stacked as (
    select
        business_date,
        service_code,
        0 as paid_order_count,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny
    from movements
    group by business_date, service_code
    union all
    select
        business_date,
        service_code,
        count(*) as paid_order_count,
        0 as gross_paid_cny,
        0 as refund_cny,
        0 as chargeback_cny
    from paid_orders
    group by business_date, service_code
)

select
    business_date,
    service_code,
    cast(sum(paid_order_count) as bigint) as paid_order_count,
    cast(sum(gross_paid_cny) as decimal(18, 2)) as gross_paid_cny,
    cast(sum(refund_cny) as decimal(18, 2)) as refund_cny,
    cast(sum(chargeback_cny) as decimal(18, 2)) as chargeback_cny,
    cast(sum(gross_paid_cny - refund_cny - chargeback_cny) as decimal(18, 2)) as net_revenue_cny
from stacked
group by business_date, service_code
