-- Grain: one row per created_date and platform: how many of the purchase orders created were paid, and how soon. Cohort.
{{ config(scope_key=['created_date'], affected_by=[{'changes': 'std_purchase_orders'}, {'matured_after_days': 3}]) }}

-- depends_on: {{ ref('std_calendar') }}

with orders as (
    select * from {{ ref('std_purchase_orders') }} where is_created and {{ in_scope() }}
),

counts as (
    select
        created_date,
        platform,
        count(*) as created_order_count,
        count(case when {{ is_within_hours('created_at', 'paid_at', 24) }} then 1 end) as paid_24h_count,
        count(case when {{ is_within_hours('created_at', 'paid_at', 72) }} then 1 end) as paid_72h_count,
        count(paid_at) as paid_count
    from orders
    group by created_date, platform
)

select
    created_date,
    platform,
    created_order_count,
    paid_24h_count,
    paid_72h_count,
    paid_count,
    {{ ratio('paid_72h_count', 'created_order_count') }} as paid_72h_ratio,
    {{ matures_at('created_date', 3) }} <= {{ as_of() }} as is_mature
from counts
