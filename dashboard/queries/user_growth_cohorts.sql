-- Grain: one row per cohort_month and months_since of the last 12 cohorts: the share of the cohort that paid in that month. Cohort.
select
    cohort_month,
    months_since,
    cohort_user_count,
    retention_ratio
from published.marts.users_cohort_monthly
where cohort_month > (select max(latest.cohort_month) from published.marts.users_cohort_monthly as latest) - interval 12 month
order by cohort_month, months_since
