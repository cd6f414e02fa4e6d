-- Grain: one row per period: who registered, and who paid, counted distinct over it. A week's payers are the active buyers of the 7 days
-- that end with its Sunday; a user stands in one row of a month.
select
    digest_periods.period,
    cast(
        (
            select coalesce(sum(users_daily.registered_user_count), 0)
            from published.marts.users_daily
            where users_daily.business_date between digest_periods.first_date and digest_periods.last_date
        ) as bigint
    ) as registered_user_count,
    cast(
        case
            when digest_periods.span = 'week' then (
                select users_daily.active_buyers_7d
                from published.marts.users_daily
                where users_daily.business_date = digest_periods.last_date
            )
            else (
                select sum(users_monthly.paying_user_count)
                from published.marts.users_monthly
                where users_monthly.month = digest_periods.first_date and users_monthly.business_type = 'all'
            )
        end as bigint
    ) as paying_user_count
from digest_periods
order by digest_periods.period
