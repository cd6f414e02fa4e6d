-- Grain: one row per period (today, yesterday, this_week, this_month) and business_type incl. `all`, as of now, beside the same
-- elapsed time of the preceding period. Reads the last 62 dates (no two neighbouring months are longer), so it is computed whole.
{{ config(materialized='table') }}

{% set measures = [
    'gross_paid_cny', 'refund_cny', 'chargeback_cny', 'net_revenue_cny',
    'paid_order_count', 'paying_user_count', 'new_user_count', 'returning_user_count',
] %}

{% set first_date = add_days(as_of_date(), -62) %}

with movements as (
    select * from {{ ref('std_money_movements') }} where occurred_at >= {{ start_of_business_date(first_date) }}
),

paid_orders as (
    select * from {{ ref('std_paid_orders') }} where paid_at >= {{ start_of_business_date(first_date) }}
),

lifetimes as (
    select * from {{ ref('std_user_lifetimes') }} where first_paid_at >= {{ start_of_business_date(first_date) }}
),

business_types as (
    select * from {{ ref('business_types') }}
),

completeness as (
    select * from {{ ref('std_complete_until') }}
),

today as (
    select
        {{ as_of_date() }} as today_date,
        cast(date_trunc('week', {{ as_of_date() }}) as date) as week_date,
        cast(date_trunc('month', {{ as_of_date() }}) as date) as month_date
),

periods as (
    select 'today' as period, today_date as start_date, {{ add_days('today_date', -1) }} as previous_start_date, today_date as end_date
    from today
    union all
    select 'this_week' as period, week_date as start_date, {{ add_days('week_date', -7) }} as previous_start_date, today_date as end_date
    from today
    union all
    select
        'this_month' as period,
        month_date as start_date,
        cast(date_trunc('month', {{ add_days('month_date', -1) }}) as date) as previous_start_date,
        today_date as end_date
    from today
    union all
    select
        'yesterday' as period,
        {{ add_days('today_date', -1) }} as start_date,
        {{ add_days('today_date', -2) }} as previous_start_date,
        {{ add_days('today_date', -1) }} as end_date
    from today
),

bounded as (
    select
        *,
        {{ start_of_business_date('start_date') }} as from_at,
        -- Half-open: the running periods end now, yesterday at its midnight.
        least({{ as_of() }}, {{ start_of_business_date(add_days('end_date', 1)) }}) as to_at,
        {{ start_of_business_date('previous_start_date') }} as previous_from_at
    from periods
),

windows as (
    select period, false as is_previous, from_at, to_at
    from bounded
    union all
    select period, true as is_previous, previous_from_at as from_at, least(previous_from_at + (to_at - from_at), from_at) as to_at
    from bounded
),

money as (
    select
        windows.period,
        windows.is_previous,
        coalesce(movements.business_type, 'all') as business_type,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        {{ net_revenue() }} as net_revenue_cny,
        count(distinct case when movements.movement_type = 'payment' then movements.user_id end) as paying_user_count
    from movements
    inner join windows
        on movements.occurred_at >= windows.from_at
            and movements.occurred_at < windows.to_at
    group by
        grouping sets (
            (windows.period, windows.is_previous, movements.business_type), (windows.period, windows.is_previous)
        )
),

orders as (
    select
        windows.period,
        windows.is_previous,
        coalesce(paid_orders.business_type, 'all') as business_type,
        count(distinct paid_orders.order_key) as paid_order_count
    from paid_orders
    inner join windows
        on paid_orders.paid_at >= windows.from_at
            and paid_orders.paid_at < windows.to_at
    group by
        grouping sets (
            (windows.period, windows.is_previous, paid_orders.business_type), (windows.period, windows.is_previous)
        )
),

new_users as (
    select windows.period, windows.is_previous, lifetimes.business_type, count(*) as new_user_count
    from lifetimes
    inner join windows
        on lifetimes.first_paid_at >= windows.from_at
            and lifetimes.first_paid_at < windows.to_at
    group by windows.period, windows.is_previous, lifetimes.business_type
),

measured as (
    select
        period,
        is_previous,
        business_type,
        coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
        coalesce(money.refund_cny, 0) as refund_cny,
        coalesce(money.chargeback_cny, 0) as chargeback_cny,
        coalesce(money.net_revenue_cny, 0) as net_revenue_cny,
        coalesce(orders.paid_order_count, 0) as paid_order_count,
        coalesce(money.paying_user_count, 0) as paying_user_count,
        coalesce(new_users.new_user_count, 0) as new_user_count,
        coalesce(money.paying_user_count, 0) - coalesce(new_users.new_user_count, 0) as returning_user_count
    from windows
    cross join business_types
    left join money using (period, is_previous, business_type)
    left join orders using (period, is_previous, business_type)
    left join new_users using (period, is_previous, business_type)
),

this_period as (
    select * from measured where not is_previous
),

previous_period as (
    select * from measured where is_previous
)

select
    period,
    business_type,
    {% for measure in measures %}
    this_period.{{ measure }},
    {% endfor %}
    {% for measure in measures %}
    previous_period.{{ measure }} as previous_{{ measure }},
    {% endfor %}
    coalesce(bounded.to_at <= completeness.complete_until_at, false) as is_complete,
    bounded.start_date as period_start_date,
    bounded.end_date as period_end_date,
    bounded.previous_start_date as previous_period_start_date,
    {{ as_of() }} as as_of_at
from this_period
inner join previous_period using (period, business_type)
inner join bounded using (period)
inner join completeness using (business_type)
