-- Grain: one row per acquisition_channel: new payers and money of the last 30 business dates. Flow.
with days as (
    select
        business_date,
        acquisition_channel,
        sum(registered_user_count) as registered_user_count,
        sum(new_user_count) as new_user_count,
        sum(net_revenue_cny) as net_revenue_cny
    from published.marts.users_segments_daily
    group by business_date, acquisition_channel
)

select
    days.acquisition_channel,
    cast(sum(days.registered_user_count) as bigint) as registered_user_count,
    cast(sum(days.new_user_count) as bigint) as new_user_count,
    sum_if_all_known(displayed(days.net_revenue_cny, shown_dates.rate_cny)) as net_revenue
from days
inner join shown_dates
    on days.business_date = shown_dates.business_date
where shown_dates.is_recent
group by days.acquisition_channel
order by sum(days.new_user_count) desc, days.acquisition_channel
