-- Grain: one row per business_date of the last 180 with a figure that rests on a provisional rate, or on one carried forward for too long.
select
    shown_dates.business_date,
    bool_or(core_daily.has_provisional_rate) as has_provisional_rate,
    bool_or(core_daily.has_stale_rate) as has_stale_rate
from published.marts.core_daily
inner join shown_dates
    on core_daily.business_date = shown_dates.business_date
where core_daily.has_provisional_rate or core_daily.has_stale_rate
group by shown_dates.business_date
order by shown_dates.business_date
