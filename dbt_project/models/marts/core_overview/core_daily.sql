-- Grain: one row per business_date and business_type incl. `all`, from the first counted payment to the as-of date. Flow.
-- `all` is the sum of the types for money and orders; its users are counted distinct (CONTRACT R2, R10).
{{ config(
    materialized='incremental',
    incremental_strategy='affected',
    scope_key=['business_date'],
    affected_by=[
        {'changes': 'std_money_movements', 'columns': ['business_date']},
        {'changes': 'std_orders', 'columns': ['paid_date']},
        {'changes': 'std_forwarding_orders', 'columns': ['paid_date']},
        {'changes': 'std_user_days', 'columns': ['business_date']},
        {'changes': 'std_reporting_dates', 'columns': ['business_date']}
    ]
) }}

with dates as (
    select * from {{ ref('std_reporting_dates') }} where has_revenue_started and {{ in_scope() }}
),

business_types as (
    select distinct business_type from {{ ref('components') }}
    union all
    select 'all' as business_type
),

movements as (
    select * from {{ ref('std_money_movements') }} where {{ in_scope() }}
),

paid_orders as (
    select business_type, paid_date as business_date
    from {{ ref('std_orders') }}
    where paid_date is not null and {{ in_scope(['paid_date']) }}
    union all
    -- A service billed inside a parcel order is one paid service order (R19).
    select 'service' as business_type, paid_date as business_date
    from {{ ref('std_forwarding_orders') }}
    where paid_date is not null and is_service_billed and {{ in_scope(['paid_date']) }}
),

user_days as (
    select * from {{ ref('std_user_days') }} where is_paying and {{ in_scope() }}
),

money_by_type as (
    select
        business_date,
        business_type,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        count(case when is_rate_provisional then 1 end) as provisional_count,
        count(case when is_rate_stale then 1 end) as stale_count
    from movements
    group by business_date, business_type
),

money as (
    select * from money_by_type
    union all
    select
        business_date,
        'all' as business_type,
        sum(gross_paid_cny) as gross_paid_cny,
        sum(refund_cny) as refund_cny,
        sum(chargeback_cny) as chargeback_cny,
        sum(provisional_count) as provisional_count,
        sum(stale_count) as stale_count
    from money_by_type
    group by business_date
),

order_counts as (
    select business_date, business_type, count(*) as paid_order_count
    from paid_orders
    group by business_date, business_type
    union all
    select business_date, 'all' as business_type, count(*) as paid_order_count
    from paid_orders
    group by business_date
),

user_counts as (
    select
        business_date,
        business_type,
        count(*) as paying_user_count,
        count(case when is_new then 1 end) as new_user_count
    from user_days
    group by business_date, business_type
),

joined as (
    select
        dates.business_date,
        business_types.business_type,
        coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
        coalesce(money.refund_cny, 0) as refund_cny,
        coalesce(money.chargeback_cny, 0) as chargeback_cny,
        coalesce(order_counts.paid_order_count, 0) as paid_order_count,
        coalesce(user_counts.paying_user_count, 0) as paying_user_count,
        coalesce(user_counts.new_user_count, 0) as new_user_count,
        coalesce(money.provisional_count, 0) > 0 as has_provisional_rate,
        coalesce(money.stale_count, 0) > 0 as has_stale_rate
    from dates
    cross join business_types
    left join money
        on dates.business_date = money.business_date
            and business_types.business_type = money.business_type
    left join order_counts
        on dates.business_date = order_counts.business_date
            and business_types.business_type = order_counts.business_type
    left join user_counts
        on dates.business_date = user_counts.business_date
            and business_types.business_type = user_counts.business_type
)

select
    business_date,
    business_type,
    cast(gross_paid_cny as decimal(18, 2)) as gross_paid_cny,
    cast(refund_cny as decimal(18, 2)) as refund_cny,
    cast(chargeback_cny as decimal(18, 2)) as chargeback_cny,
    cast(gross_paid_cny - refund_cny - chargeback_cny as decimal(18, 2)) as net_revenue_cny,
    paid_order_count,
    paying_user_count,
    new_user_count,
    paying_user_count - new_user_count as returning_user_count,
    has_provisional_rate,
    has_stale_rate
from joined
