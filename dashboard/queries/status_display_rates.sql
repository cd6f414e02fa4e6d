-- Grain: one row per business_date of the last 180 with money: the rate at which its CNY is shown.
select
    shown_dates.business_date,
    shown_dates.rate_cny,
    shown_dates.rate_date,
    shown_dates.is_running,
    shown_dates.is_provisional,
    shown_dates.is_stale
from shown_dates
where shown_dates.business_date >= (select min(business_date) from published.marts.core_daily)
order by shown_dates.business_date
