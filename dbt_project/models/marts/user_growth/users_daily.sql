-- Grain: one row per business_date from the first registration or counted payment to the as-of date. Flow; windows end with the row's date.
{{ config(
    affected_by=[
        {'changes': 'std_user_days', 'reach_days': 29},
        {'changes': 'std_users', 'columns': ['registered_date']},
        {'changes': 'std_traffic_daily', 'columns': ['traffic_date']},
        {'changes': 'std_reporting_dates'}
    ]
) }}

with dates as (
    select * from {{ ref('std_reporting_dates') }} where {{ in_scope() }}
),

users as (
    select * from {{ ref('std_users') }} where is_counted and {{ in_scope(['registered_date']) }}
),

traffic as (
    select * from {{ ref('std_traffic_daily') }} where {{ in_scope(['traffic_date']) }}
),

paying_days as (
    select user_id, business_date, is_new
    from {{ ref('std_user_days') }}
    where is_paying and business_type = 'all'
        {% if is_incremental() %}
        -- A payer of an earlier date has left every window of the dates in scope.
        and business_date >= (select {{ add_days('min(business_date)', -29) }} from {{ scope() }})
        {% endif %}
),

registered as (
    select registered_date as business_date, count(*) as registered_user_count
    from users
    group by registered_date
),

visits as (
    select traffic_date as business_date, sum(visitor_count) as visitor_count, sum(session_count) as session_count
    from traffic
    group by traffic_date
),

paying as (
    select
        business_date,
        count(*) as paying_user_count,
        count(case when is_new then 1 end) as new_user_count
    from paying_days
    group by business_date
),

followed as (
    select
        business_date,
        lead(business_date) over (partition by user_id order by business_date) as next_date
    from paying_days
),

-- A payer enters a window on a paying date and leaves it when the window has passed, unless a later paying date takes over:
-- so the running sum counts each payer once.
window_moves as (
    {% for days in [7, 30] %}
    select {{ days }} as window_days, business_date, 1 as payer_move
    from followed
    union all
    select
        {{ days }} as window_days,
        least(coalesce(next_date, {{ add_days('business_date', days) }}), {{ add_days('business_date', days) }}) as business_date,
        -1 as payer_move
    from followed
    {{ "union all" if not loop.last }}
    {% endfor %}
),

window_lengths as (
    select 7 as window_days
    union all
    select 30 as window_days
),

window_dates as (
    -- The dates in scope need not be neighbours: moves between two of them belong to the later one's sum.
    select window_days, business_date, sum(payer_move) as payer_move
    from window_moves
    group by window_days, business_date
    union all
    select window_lengths.window_days, dates.business_date, 0 as payer_move
    from dates
    cross join window_lengths
),

window_totals as (
    select window_days, business_date, sum(payer_move) as payer_move
    from window_dates
    group by window_days, business_date
),

active as (
    select
        window_days,
        business_date,
        sum(payer_move) over (
            partition by window_days order by business_date rows between unbounded preceding and current row
        ) as active_buyers
    from window_totals
)

select
    dates.business_date,
    cast(coalesce(registered.registered_user_count, 0) as bigint) as registered_user_count,
    cast(coalesce(paying.paying_user_count, 0) as bigint) as paying_user_count,
    cast(coalesce(paying.new_user_count, 0) as bigint) as new_user_count,
    cast(coalesce(paying.paying_user_count, 0) - coalesce(paying.new_user_count, 0) as bigint) as returning_user_count,
    cast(active_7d.active_buyers as bigint) as active_buyers_7d,
    cast(active_30d.active_buyers as bigint) as active_buyers_30d,
    cast(visits.visitor_count as bigint) as visitor_count,
    cast(visits.session_count as bigint) as session_count
from dates
left join registered
    on dates.business_date = registered.business_date
left join paying
    on dates.business_date = paying.business_date
left join active as active_7d
    on dates.business_date = active_7d.business_date
        and active_7d.window_days = 7
left join active as active_30d
    on dates.business_date = active_30d.business_date
        and active_30d.window_days = 30
left join visits
    on dates.business_date = visits.business_date
