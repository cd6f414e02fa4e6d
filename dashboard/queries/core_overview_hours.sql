-- Grain: one row per business_date and business_hour of core_hourly: what was paid in all businesses, in CNY. Flow.
select business_date, business_hour, gross_paid_cny
from published.marts.core_hourly
where business_type = 'all'
order by business_date, business_hour
