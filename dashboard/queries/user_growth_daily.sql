-- Grain: one row per business_date of trend_dates.
select
    users_daily.business_date,
    users_daily.registered_user_count,
    users_daily.new_user_count,
    users_daily.returning_user_count,
    users_daily.active_buyers_7d,
    users_daily.active_buyers_30d,
    users_daily.visitor_count
from published.marts.users_daily
where users_daily.business_date >= (select min(trend_dates.business_date) from trend_dates)
order by users_daily.business_date
