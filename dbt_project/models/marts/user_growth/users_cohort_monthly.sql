-- Grain: one row per cohort_month (first paying month of the users) and months_since, up to the as-of month. NULL while a month is not over.
-- Money is dated by movement and cumulative. Months × months is small and most cohorts move every day, so it is computed whole from user days.
{{ config(materialized='table') }}

with user_days as (
    select * from {{ ref('std_user_days') }} where business_type = 'all'
),

lifetimes as (
    select * from {{ ref('std_user_lifetimes') }} where business_type = 'all'
),

calendar as (
    select * from {{ ref('std_calendar') }}
),

cohorts as (
    select first_paid_month as cohort_month, count(*) as cohort_user_count
    from lifetimes
    group by first_paid_month
),

months as (
    select distinct month_start_date as activity_month
    from calendar
),

grid as (
    select
        cohorts.cohort_month,
        cohorts.cohort_user_count,
        months.activity_month,
        cast(row_number() over (partition by cohorts.cohort_month order by months.activity_month) - 1 as bigint) as months_since,
        -- A month is over when the as-of date lies in a later one.
        months.activity_month < cast(date_trunc('month', {{ as_of_date() }}) as date) as is_over
    from cohorts
    inner join months
        on cohorts.cohort_month <= months.activity_month
),

activity as (
    select
        cohort_month,
        greatest(cast(date_trunc('month', business_date) as date), cohort_month) as activity_month,
        count(distinct case when is_paying then user_id end) as active_user_count,
        sum(net_revenue_cny) as net_revenue_cny
    from user_days
    group by cohort_month, greatest(cast(date_trunc('month', business_date) as date), cohort_month)
),

cumulated as (
    select
        grid.*,
        coalesce(activity.active_user_count, 0) as active_user_count,
        sum(coalesce(activity.net_revenue_cny, 0)) over (
            partition by grid.cohort_month order by grid.activity_month rows between unbounded preceding and current row
        ) as net_revenue_cny
    from grid
    left join activity
        on grid.cohort_month = activity.cohort_month
            and grid.activity_month = activity.activity_month
)

select
    cohort_month,
    months_since,
    cohort_user_count,
    case when is_over then active_user_count end as active_user_count,
    case when is_over then {{ ratio('active_user_count', 'cohort_user_count') }} end as retention_ratio,
    cast(case when is_over then net_revenue_cny end as decimal(18, 2)) as net_revenue_cny
from cumulated
