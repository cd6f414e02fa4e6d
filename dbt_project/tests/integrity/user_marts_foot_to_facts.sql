-- People are counted distinct from the facts at every grain, whichever mart is asked, and money of users is all money.
-- Each figure of a mart is taken with its sign and the fact against it. Fails with each that leaves a difference.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'users_daily'}}}) }}

with movements as (
    select * from {{ ref('std_money_movements') }}
),

paying_days as (
    select distinct user_id, business_date from movements where movement_type = 'payment'
),

first_days as (
    select user_id, min(business_date) as business_date from paying_days group by user_id
),

registrations as (
    select user_id, registered_date as business_date from {{ ref('std_users') }} where is_counted
),

two_sides as (
    {% for mart in ['users_daily', 'users_segments_daily'] %}
    {% for column, people in [
        ('registered_user_count', 'registrations'), ('paying_user_count', 'paying_days'), ('new_user_count', 'first_days')
    ] %}
    select '{{ mart }}.{{ column }}' as figure, business_date as figure_date, {{ column }} as amount from {{ ref(mart) }}
    union all
    select '{{ mart }}.{{ column }}' as figure, business_date as figure_date, -1 as amount from {{ people }}
    union all
    {% endfor %}
    {% endfor %}
    select 'users_conversion_daily.registered_user_count' as figure, registered_date as figure_date, registered_user_count as amount
    from {{ ref('users_conversion_daily') }}
    union all
    select 'users_conversion_daily.registered_user_count' as figure, business_date as figure_date, -1 as amount from registrations
    union all
    select 'users_cohort_monthly.cohort_user_count' as figure, cohort_month as figure_date, cohort_user_count as amount
    from {{ ref('users_cohort_monthly') }}
    where months_since = 0
    union all
    select 'users_cohort_monthly.cohort_user_count' as figure, cast(date_trunc('month', business_date) as date) as figure_date, -1 as amount
    from first_days
    union all
    select 'users_geography.paying_user_count' as figure, null as figure_date, paying_user_count as amount from {{ ref('users_geography') }}
    union all
    select 'users_geography.paying_user_count' as figure, null as figure_date, -1 as amount from first_days
    union all
    select 'users_geography.net_revenue_cny' as figure, null as figure_date, net_revenue_cny as amount from {{ ref('users_geography') }}
    union all
    select 'users_geography.net_revenue_cny' as figure, null as figure_date, -1 * amount_cny as amount from movements
    union all
    select 'users_geography.net_revenue_cny_30d' as figure, null as figure_date, net_revenue_cny_30d as amount
    from {{ ref('users_geography') }}
    union all
    select 'users_geography.net_revenue_cny_30d' as figure, null as figure_date, -1 * amount_cny as amount
    from movements
    where business_date > {{ add_days(as_of_date(), -30) }}
)

select figure, figure_date, sum(amount) as difference
from two_sides
group by figure, figure_date
having sum(amount) <> 0
