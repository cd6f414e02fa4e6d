-- Grain: one row per warehouse_code, country_code, line_code of forwarding_routes, its money shown at each day's rate.
with days as (
    select
        business_date,
        warehouse_code,
        country_code,
        line_code,
        sum(gross_paid_cny) as gross_paid_cny,
        sum(freight_cny) as freight_cny
    from published.marts.forwarding_daily
    group by business_date, warehouse_code, country_code, line_code
),

money as (
    select
        days.warehouse_code,
        days.country_code,
        days.line_code,
        sum_if_all_known(displayed(days.gross_paid_cny, shown_dates.rate_cny)) as gross_paid,
        sum_if_all_known(displayed(days.freight_cny, shown_dates.rate_cny)) as freight
    from days
    inner join shown_dates
        on days.business_date = shown_dates.business_date
    where shown_dates.is_recent
    group by days.warehouse_code, days.country_code, days.line_code
)

select
    routes.rank,
    routes.warehouse_code,
    routes.country_code,
    routes.line_code,
    routes.paid_order_count,
    routes.chargeable_weight_g,
    money.gross_paid,
    case
        when routes.chargeable_weight_g > 0 then cast(
                cast(
                    (cast(money.freight * 100 as hugeint) * 2000 + routes.chargeable_weight_g) // (routes.chargeable_weight_g * 2)
                    as decimal(20, 0)
                ) * cast(0.01 as decimal(3, 2))
                as decimal(18, 2)
            )
    end as freight_per_kg
from published.marts.forwarding_routes as routes
left join money
    on routes.warehouse_code = money.warehouse_code
        and routes.country_code = money.country_code
        and routes.line_code = money.line_code
order by routes.rank
