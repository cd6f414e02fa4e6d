-- Grain: one row per business_date since the first registration or counted payment, of the last 180.
select
    users_daily.business_date,
    users_daily.registered_user_count,
    users_daily.new_user_count,
    users_daily.returning_user_count,
    users_daily.active_buyers_7d,
    users_daily.active_buyers_30d,
    users_daily.visitor_count
from published.marts.users_daily
inner join shown_dates
    on users_daily.business_date = shown_dates.business_date
order by users_daily.business_date
