-- Grain: one row per business_date (the orders' paid date) and platform. Cohort: money, completions and refunds whenever they came are
-- put back on the paid date of their order (R9).
{{ config(
    affected_by=[
        {'changes': 'std_money_movements', 'columns': ['order_paid_date']},
        {'changes': 'std_purchase_orders', 'columns': ['paid_date']},
        {'matured_after_days': var('orders_cohort_window_days')}
    ]
) }}

-- depends_on: {{ ref('std_calendar') }}

with orders as (
    select * from {{ ref('std_purchase_orders') }} where paid_date is not null and {{ in_scope(['paid_date']) }}
),

movements as (
    select *
    from {{ ref('std_money_movements') }}
    where business_type = 'purchase' and order_paid_date is not null and {{ in_scope(['order_paid_date']) }}
),

money as (
    select
        order_key,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny
    from movements
    group by order_key
),

order_results as (
    select
        orders.*,
        coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
        coalesce(money.refund_cny, 0) as refund_cny,
        coalesce(money.chargeback_cny, 0) as chargeback_cny,
        {{ microseconds_between('orders.paid_at', 'orders.purchased_at') }} as microseconds_to_purchase,
        {{ microseconds_between('orders.paid_at', 'orders.stored_at') }} as microseconds_to_store
    from orders
    left join money
        on orders.order_key = money.order_key
)

select
    paid_date as business_date,
    platform,
    count(*) as paid_order_count,
    count(case when is_completed then 1 end) as completed_order_count,
    count(case when is_cancelled then 1 end) as cancelled_order_count,
    count(case when refund_cny > 0 then 1 end) as refunded_order_count,
    count(case when refund_cny >= gross_paid_cny and gross_paid_cny > 0 then 1 end) as fully_refunded_order_count,
    count(purchase_cost_cny) as purchase_cost_known_order_count,
    {{ sum_cny('gross_paid_cny') }} as gross_paid_cny,
    {{ sum_cny('refund_cny') }} as refund_cny,
    {{ sum_cny('chargeback_cny') }} as chargeback_cny,
    {{ sum_cny('gross_paid_cny - refund_cny - chargeback_cny') }} as net_revenue_cny,
    {{ sum_cny('purchase_cost_cny') }} as purchase_cost_cny,
    {{ sum_cny('gross_paid_cny - refund_cny - chargeback_cny - purchase_cost_cny') }} as purchase_margin_cny,
    cast({{ percentile('microseconds_to_purchase', 5, 3600000000) }} as decimal(18, 4)) as hours_to_purchase_p50,
    cast({{ percentile('microseconds_to_purchase', 9, 3600000000) }} as decimal(18, 4)) as hours_to_purchase_p90,
    cast({{ percentile('microseconds_to_store', 5, 3600000000) }} as decimal(18, 4)) as hours_to_store_p50,
    cast({{ percentile('microseconds_to_store', 9, 3600000000) }} as decimal(18, 4)) as hours_to_store_p90,
    {{ matures_at('paid_date', var('orders_cohort_window_days')) }} <= {{ as_of() }} as is_mature
from order_results
group by paid_date, platform
