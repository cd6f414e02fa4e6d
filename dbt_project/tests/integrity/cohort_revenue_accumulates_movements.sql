-- The cumulative revenue of a monthly cohort is all money of its users up to the end of the month, and its active users are those of
-- them who paid in it. NULL exactly where the month is not over. Fails with each month that is not so.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'users_cohort_monthly'}}}) }}

with cohorts as (
    select * from {{ ref('users_cohort_monthly') }}
),

movements as (
    select * from {{ ref('std_money_movements') }}
),

first_months as (
    select user_id, cast(date_trunc('month', min(business_date)) as date) as cohort_month
    from movements
    where movement_type = 'payment'
    group by user_id
),

activity as (
    select
        first_months.cohort_month,
        cast(date_trunc('month', movements.business_date) as date) as activity_month,
        count(distinct case when movements.movement_type = 'payment' then movements.user_id end) as active_user_count,
        sum(movements.amount_cny) as net_revenue_cny
    from movements
    inner join first_months
        on movements.user_id = first_months.user_id
    group by first_months.cohort_month, cast(date_trunc('month', movements.business_date) as date)
),

months as (
    select distinct month_start_date as activity_month from {{ ref('std_calendar') }}
),

placed as (
    select
        cohorts.*,
        months.activity_month,
        months.activity_month < cast(date_trunc('month', {{ as_of_date() }}) as date) as is_over
    from cohorts
    inner join months
        on cohorts.cohort_month <= months.activity_month
            and cohorts.months_since
            = 12 * (extract(year from months.activity_month) - extract(year from cohorts.cohort_month))
            + extract(month from months.activity_month) - extract(month from cohorts.cohort_month)
),

expected as (
    select
        placed.cohort_month,
        placed.months_since,
        sum(case when activity.activity_month = placed.activity_month then activity.active_user_count else 0 end) as active_user_count,
        sum(activity.net_revenue_cny) as net_revenue_cny
    from placed
    inner join activity
        on placed.cohort_month = activity.cohort_month
            and placed.activity_month >= activity.activity_month
    group by placed.cohort_month, placed.months_since
)

select
    cohorts.cohort_month,
    cohorts.months_since,
    cohorts.active_user_count,
    expected.active_user_count as expected_active_user_count,
    cohorts.net_revenue_cny,
    expected.net_revenue_cny as expected_net_revenue_cny
from cohorts
left join placed
    on cohorts.cohort_month = placed.cohort_month
        and cohorts.months_since = placed.months_since
left join expected
    on cohorts.cohort_month = expected.cohort_month
        and cohorts.months_since = expected.months_since
where placed.is_over is null
    or cohorts.active_user_count is distinct from case when placed.is_over then expected.active_user_count end
    or cohorts.net_revenue_cny is distinct from case when placed.is_over then expected.net_revenue_cny end
