-- The dates that queries here are about, made anew for each window.
-- Grain: one row per business_date of the last 180. `is_recent` are those of the window: 30 dates, the last `left_out` of them left
-- out, `shift` dates earlier.
create or replace temp table shown_dates as
with as_of as (
    select period_start_date as as_of_date
    from published.marts.core_periods
    where period = 'today' and business_type = 'all'
),

spine as (
    select
        as_of_date,
        cast(unnest(generate_series(as_of_date - 179, as_of_date, interval 1 day)) as date) as business_date
    from as_of
)

select
    business_date,
    business_date > as_of_date - 30 - $shift and business_date <= as_of_date - $left_out - $shift as is_recent,
    business_date = as_of_date as is_running
from spine
order by business_date;
