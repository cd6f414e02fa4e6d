-- Grain: one row per period with data: boxes and chargeable weight of the parcel orders paid in it.
select
    digest_periods.period,
    cast(sum(forwarding_daily.box_count) as bigint) as box_count,
    cast(sum(forwarding_daily.chargeable_weight_g) as bigint) as chargeable_weight_g
from published.marts.forwarding_daily
inner join digest_periods
    on forwarding_daily.business_date between digest_periods.first_date and digest_periods.last_date
group by digest_periods.period
order by digest_periods.period
