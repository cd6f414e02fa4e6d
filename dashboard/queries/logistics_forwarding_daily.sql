-- Grain: one row per business_date of trend_dates. on_time_count and delivered_count stand on the shipped date and are known once its
-- window has passed.
with money as (
    select
        business_date,
        sum(net_revenue_cny) as net_revenue_cny,
        sum(freight_margin_cny) as freight_margin_cny,
        sum(paid_order_count) as paid_order_count,
        sum(chargeable_weight_g) as chargeable_weight_g
    from published.marts.forwarding_daily
    group by business_date
),

services as (
    select business_date, sum(net_revenue_cny) as net_revenue_cny
    from published.marts.services_daily
    group by business_date
),

transit as (
    select
        shipped_date,
        case when bool_and(is_mature) then sum(on_time_count) end as on_time_count,
        case when bool_and(is_mature) then sum(delivered_count) end as delivered_count
    from published.marts.forwarding_transit_daily
    group by shipped_date
)

select
    trend_dates.business_date,
    coalesce(money.net_revenue_cny, 0) as net_revenue_cny,
    money.freight_margin_cny,
    cast(coalesce(money.paid_order_count, 0) as bigint) as paid_order_count,
    cast(coalesce(money.chargeable_weight_g, 0) as bigint) as chargeable_weight_g,
    cast(transit.on_time_count as bigint) as on_time_count,
    cast(transit.delivered_count as bigint) as delivered_count,
    coalesce(services.net_revenue_cny, 0) as service_net_revenue_cny
from trend_dates
left join money
    on trend_dates.business_date = money.business_date
left join services
    on trend_dates.business_date = services.business_date
left join transit
    on trend_dates.business_date = transit.shipped_date
order by trend_dates.business_date
