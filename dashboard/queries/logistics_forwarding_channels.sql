-- Grain: one row per channel: parcel orders paid and money of the last 30 business dates. Flow.
select
    forwarding_channel_share_daily.channel,
    cast(sum(forwarding_channel_share_daily.chargeable_weight_g) as bigint) as chargeable_weight_g,
    sum(forwarding_channel_share_daily.gross_paid_cny) as gross_paid_cny
from published.marts.forwarding_channel_share_daily
inner join shown_dates
    on forwarding_channel_share_daily.business_date = shown_dates.business_date
where shown_dates.is_recent
group by forwarding_channel_share_daily.channel
order by sum(forwarding_channel_share_daily.gross_paid_cny) desc, forwarding_channel_share_daily.channel
