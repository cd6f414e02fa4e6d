-- Grain: one row per month and acquisition_channel: users whose first payment of all lies in the month. Flow.
select
    month,
    acquisition_channel,
    cast(sum(new_user_count) as bigint) as new_user_count
from published.marts.users_monthly
where business_type = 'all'
group by month, acquisition_channel
order by month, acquisition_channel
