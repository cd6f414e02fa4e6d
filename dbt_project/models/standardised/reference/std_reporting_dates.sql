-- Grain: one row per business_date from the first registration or counted payment to the as-of date.
-- has_revenue_started tells from when the revenue marts have a row for every date.

with calendar as (
    select * from {{ ref('std_calendar') }}
),

movements as (
    select * from {{ ref('std_money_movements') }}
),

users as (
    select * from {{ ref('std_users') }}
),

firsts as (
    select
        (select min(business_date) from movements where movement_type = 'payment') as first_paid_date,
        (select min(registered_date) from users where is_counted) as first_registered_date
)

select
    calendar.business_date,
    calendar.week_start_date,
    calendar.month_start_date,
    coalesce(calendar.business_date >= firsts.first_paid_date, false) as has_revenue_started
from calendar
cross join firsts
where calendar.business_date >= firsts.first_paid_date
    or calendar.business_date >= firsts.first_registered_date
