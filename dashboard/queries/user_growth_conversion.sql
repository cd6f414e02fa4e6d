-- Grain: one row per acquisition_channel: how many of the users registered in the last 180 business dates have paid, and how soon; only
-- dates whose 30 days have passed. Cohort.
select
    conversion.acquisition_channel,
    cast(sum(conversion.registered_user_count) as bigint) as registered_user_count,
    cast(sum(conversion.paid_7d_count) as bigint) as paid_7d_count,
    cast(sum(conversion.paid_30d_count) as bigint) as paid_30d_count
from published.marts.users_conversion_daily as conversion
inner join shown_dates
    on conversion.registered_date = shown_dates.business_date
where conversion.is_mature
group by conversion.acquisition_channel
order by sum(conversion.registered_user_count) desc, conversion.acquisition_channel
