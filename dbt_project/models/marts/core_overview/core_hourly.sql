-- Grain: one row per business_date, business_hour and business_type incl. `all`: every hour of the 35 business dates that end with the
-- as-of date, from the date of the first counted payment to the hour of the last instant that has happened. Flow.
-- The window moves with every as-of and is small, so it is computed whole.
{{ config(materialized='table') }}

{% set first_date = add_days(as_of_date(), -34) %}

with dates as (
    select * from {{ ref('std_reporting_dates') }} where has_revenue_started and business_date >= {{ first_date }}
),

business_types as (
    select * from {{ ref('business_types') }}
),

movements as (
    select *, {{ business_hour('occurred_at') }} as business_hour
    from {{ ref('std_money_movements') }}
    where business_date >= {{ first_date }}
),

paid_orders as (
    select *, {{ business_hour('paid_at') }} as business_hour
    from {{ ref('std_paid_orders') }}
    where paid_date >= {{ first_date }}
),

day_hours as (
    {% for hour in range(24) %}
    select cast({{ hour }} as bigint) as business_hour
    {{ "union all" if not loop.last }}
    {% endfor %}
),

hours as (
    select dates.business_date, day_hours.business_hour
    from dates
    cross join day_hours
    where dates.business_date < {{ business_date(last_instant()) }}
        or (
            dates.business_date = {{ business_date(last_instant()) }}
            and day_hours.business_hour <= {{ business_hour(last_instant()) }}
        )
),

money as (
    select
        business_date,
        business_hour,
        coalesce(business_type, 'all') as business_type,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        {{ net_revenue() }} as net_revenue_cny,
        count(distinct case when movement_type = 'payment' then user_id end) as paying_user_count
    from movements
    group by grouping sets ((business_date, business_hour, business_type), (business_date, business_hour))
),

orders as (
    select
        paid_date as business_date,
        business_hour,
        coalesce(business_type, 'all') as business_type,
        -- A parcel order that bills a service is one order of each of its types, and one of `all`.
        count(distinct order_key) as paid_order_count
    from paid_orders
    group by grouping sets ((paid_date, business_hour, business_type), (paid_date, business_hour))
)

select
    business_date,
    business_hour,
    business_type,
    coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
    coalesce(money.refund_cny, 0) as refund_cny,
    coalesce(money.chargeback_cny, 0) as chargeback_cny,
    coalesce(money.net_revenue_cny, 0) as net_revenue_cny,
    coalesce(orders.paid_order_count, 0) as paid_order_count,
    coalesce(money.paying_user_count, 0) as paying_user_count
from hours
cross join business_types
left join money using (business_date, business_hour, business_type)
left join orders using (business_date, business_hour, business_type)
