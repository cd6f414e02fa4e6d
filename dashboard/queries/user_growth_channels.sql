-- Grain: one row per acquisition_channel: new payers and money of the last 30 business dates. Flow.
select
    users_segments_daily.acquisition_channel,
    cast(sum(users_segments_daily.registered_user_count) as bigint) as registered_user_count,
    cast(sum(users_segments_daily.new_user_count) as bigint) as new_user_count,
    sum(users_segments_daily.net_revenue_cny) as net_revenue_cny
from published.marts.users_segments_daily
inner join shown_dates
    on users_segments_daily.business_date = shown_dates.business_date
where shown_dates.is_recent
group by users_segments_daily.acquisition_channel
order by sum(users_segments_daily.new_user_count) desc, users_segments_daily.acquisition_channel
