-- Grain: one row per business_date of the last 180 with money: the rate at which its CNY is shown; none in CNY.
select business_date, rate_cny, rate_date, is_running, is_provisional
from shown_rates
order by business_date
