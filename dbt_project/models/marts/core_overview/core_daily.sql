-- Grain: one row per business_date and business_type incl. `all`, from the first counted payment to the as-of date. Flow.
-- `all` is the sum of the types for money; its orders and users are counted distinct (R2, R10).
{{ config(
    affected_by=[
        {'changes': 'std_money_movements'},
        {'changes': 'std_paid_orders', 'columns': ['paid_date']},
        {'changes': 'std_user_days'},
        {'changes': 'std_reporting_dates'},
        {'changes': 'std_complete_dates'}
    ]
) }}

with dates as (
    select * from {{ ref('std_reporting_dates') }} where has_revenue_started and {{ in_scope() }}
),

business_types as (
    select * from {{ ref('business_types') }}
),

completeness as (
    select * from {{ ref('std_complete_dates') }} where {{ in_scope() }}
),

movements as (
    select * from {{ ref('std_money_movements') }} where {{ in_scope() }}
),

paid_orders as (
    select * from {{ ref('std_paid_orders') }} where {{ in_scope(['paid_date']) }}
),

user_days as (
    select * from {{ ref('std_user_days') }} where is_paying and {{ in_scope() }}
),

money as (
    select
        business_date,
        coalesce(business_type, 'all') as business_type,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        {{ net_revenue() }} as net_revenue_cny,
        count(case when is_rate_provisional then 1 end) > 0 as has_provisional_rate,
        count(case when is_rate_stale then 1 end) > 0 as has_stale_rate
    from movements
    group by grouping sets ((business_date, business_type), (business_date))
),

orders as (
    select
        paid_date as business_date,
        coalesce(business_type, 'all') as business_type,
        count(distinct order_key) as paid_order_count
    from paid_orders
    group by grouping sets ((paid_date, business_type), (paid_date))
),

users as (
    select
        business_date,
        business_type,
        count(*) as paying_user_count,
        count(case when is_new then 1 end) as new_user_count
    from user_days
    group by business_date, business_type
)

select
    business_date,
    business_type,
    coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
    coalesce(money.refund_cny, 0) as refund_cny,
    coalesce(money.chargeback_cny, 0) as chargeback_cny,
    coalesce(money.net_revenue_cny, 0) as net_revenue_cny,
    coalesce(orders.paid_order_count, 0) as paid_order_count,
    coalesce(users.paying_user_count, 0) as paying_user_count,
    coalesce(users.new_user_count, 0) as new_user_count,
    coalesce(users.paying_user_count - users.new_user_count, 0) as returning_user_count,
    coalesce(money.has_provisional_rate, false) as has_provisional_rate,
    coalesce(money.has_stale_rate, false) as has_stale_rate,
    completeness.is_complete
from dates
cross join business_types
inner join completeness using (business_date, business_type)
left join money using (business_date, business_type)
left join orders using (business_date, business_type)
left join users using (business_date, business_type)
