-- Grain: one row per business_date of core_hourly with an official rate of its own: when the first of that date was published (UTC).
select
    official_rates.business_date,
    min(official_rates.published_at) as published_at
from published.audit.official_rates
where official_rates.rate_date = official_rates.business_date
    and official_rates.published_at is not null
    and official_rates.business_date in (select core_hourly.business_date from published.marts.core_hourly)
group by official_rates.business_date
order by official_rates.business_date
