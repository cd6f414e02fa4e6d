-- Grain: one row per business_date since the first counted payment, of the last 180. Transit stands on the shipped date and is shown once
-- its window has passed.
with first_date as (
    select min(business_date) as business_date from published.marts.core_daily
),

money as (
    select
        business_date,
        sum(net_revenue_cny) as net_revenue_cny,
        sum(freight_margin_cny) as freight_margin_cny,
        sum(paid_order_count) as paid_order_count,
        sum(chargeable_weight_g) as chargeable_weight_g
    from published.marts.forwarding_daily
    group by business_date
),

transit as (
    select
        shipped_date,
        sum(delivered_count) as delivered_count,
        case when bool_and(is_mature) then sum(on_time_count) end as on_time_count
    from published.marts.forwarding_transit_daily
    group by shipped_date
)

select
    shown_dates.business_date,
    coalesce(money.net_revenue_cny, 0) as net_revenue_cny,
    money.freight_margin_cny,
    cast(coalesce(money.paid_order_count, 0) as bigint) as paid_order_count,
    cast(coalesce(money.chargeable_weight_g, 0) as bigint) as chargeable_weight_g,
    cast(transit.on_time_count as double) / nullif(transit.delivered_count, 0) as on_time_ratio
from shown_dates
inner join first_date
    on shown_dates.business_date >= first_date.business_date
left join money
    on shown_dates.business_date = money.business_date
left join transit
    on shown_dates.business_date = transit.shipped_date
order by shown_dates.business_date
