-- Grain: one row per user_id, business_type incl. `all` and month with a movement or a paid order: whether they paid, their paid
-- orders, the month's money, and what was known of them at its end, so that a user stands in one row a month (R10, R19).
{{ config(
    affected_by=[
        {'changes': 'std_money_movements'},
        {'changes': 'std_paid_orders'},
        {'changes': 'std_user_lifetimes'},
        {'changes': 'std_user_attributes'},
        {'between_as_ofs': 'std_user_attributes', 'instant': 'valid_from'}
    ]
) }}

with movements as (
    select *, {{ month_of('business_date') }} as month
    from {{ ref('std_money_movements') }}
    where {{ in_scope() }}
),

paid_orders as (
    select *, {{ month_of('paid_date') }} as month
    from {{ ref('std_paid_orders') }}
    where {{ in_scope() }}
),

lifetimes as (
    select * from {{ ref('std_user_lifetimes') }} where {{ in_scope() }}
),

attributes as (
    select * from {{ ref('std_user_attributes') }} where {{ in_scope() }}
),

money as (
    select
        user_id,
        coalesce(business_type, 'all') as business_type,
        month,
        {{ gross_paid() }} as gross_paid_cny,
        {{ net_revenue() }} as net_revenue_cny,
        count(case when movement_type = 'payment' then 1 end) > 0 as is_paying
    from movements
    group by grouping sets ((user_id, business_type, month), (user_id, month))
),

orders as (
    select
        user_id,
        coalesce(business_type, 'all') as business_type,
        month,
        count(distinct order_key) as paid_order_count
    from paid_orders
    group by grouping sets ((user_id, business_type, month), (user_id, month))
),

months as (
    select
        user_id,
        business_type,
        month,
        coalesce(orders.paid_order_count, 0) as paid_order_count,
        coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
        coalesce(money.net_revenue_cny, 0) as net_revenue_cny,
        coalesce(money.is_paying, false) as is_paying
    from money
    full outer join orders using (user_id, business_type, month)
)

select
    months.user_id,
    months.business_type,
    coalesce(attributes.country_code, 'ZZ') as country_code,
    coalesce(attributes.acquisition_channel, 'unknown') as acquisition_channel,
    coalesce(attributes.gender, 'unknown') as gender,
    months.paid_order_count,
    months.gross_paid_cny,
    months.net_revenue_cny,
    months.is_paying,
    months.is_paying and months.month = lifetimes.first_paid_month as is_new,
    months.month
from months
left join lifetimes
    on months.user_id = lifetimes.user_id
        and months.business_type = lifetimes.business_type
left join attributes
    on months.user_id = attributes.user_id
        and {{ is_valid_at('attributes', end_of_month_row('months.month')) }}
