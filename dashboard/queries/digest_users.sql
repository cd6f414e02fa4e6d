-- Grain: one row per period: who registered, and who paid, counted distinct over it. A week's payers are the active buyers of the 7 days
-- that end with its Sunday; a user stands in one row of a month.
with registered as (
    select
        digest_periods.period,
        sum(users_daily.registered_user_count) as registered_user_count,
        sum(users_daily.active_buyers_7d) filter (
            where users_daily.business_date = digest_periods.last_date
        ) as week_user_count
    from published.marts.users_daily
    inner join digest_periods
        on users_daily.business_date between digest_periods.first_date and digest_periods.last_date
    group by digest_periods.period
),

months as (
    select
        month,
        sum(paying_user_count) as month_user_count
    from published.marts.users_monthly
    where business_type = 'all'
    group by month
)

select
    digest_periods.period,
    cast(coalesce(registered.registered_user_count, 0) as bigint) as registered_user_count,
    cast(
        case when digest_periods.span = 'week' then registered.week_user_count else months.month_user_count end as bigint
    ) as paying_user_count
from digest_periods
left join registered
    on digest_periods.period = registered.period
left join months
    on digest_periods.first_date = months.month
order by digest_periods.period
