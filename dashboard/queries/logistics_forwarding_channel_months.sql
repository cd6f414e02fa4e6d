-- Grain: one row per month and channel since the first month of trend_dates: what was paid for parcel orders. Flow.
select
    cast(date_trunc('month', shares.business_date) as date) as month,
    shares.channel,
    sum(shares.gross_paid_cny) as gross_paid_cny
from published.marts.forwarding_channel_share_daily as shares
inner join trend_dates
    on shares.business_date = trend_dates.business_date
group by date_trunc('month', shares.business_date), shares.channel
order by month, shares.channel
