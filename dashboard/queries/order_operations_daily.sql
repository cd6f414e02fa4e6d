-- Grain: one row per business_date of trend_dates. created_order_count, paid_72h_count and mature_order_count stand on the created date; the
-- last two are known once the 72 hours have passed for all orders of the date.
with orders as (
    select business_date, sum(paid_order_count) as paid_order_count
    from published.marts.orders_daily
    group by business_date
),

conversion as (
    select
        created_date,
        sum(created_order_count) as created_order_count,
        case when bool_and(is_mature) then sum(paid_72h_count) end as paid_72h_count,
        case when bool_and(is_mature) then sum(created_order_count) end as mature_order_count
    from published.marts.orders_conversion_daily
    group by created_date
)

select
    trend_dates.business_date,
    shown_money.gross_paid,
    shown_money.refund,
    shown_money.chargeback,
    shown_money.net_revenue,
    cast(coalesce(conversion.created_order_count, 0) as bigint) as created_order_count,
    cast(coalesce(orders.paid_order_count, 0) as bigint) as paid_order_count,
    cast(conversion.paid_72h_count as bigint) as paid_72h_count,
    cast(conversion.mature_order_count as bigint) as mature_order_count
from trend_dates
left join shown_money
    on trend_dates.business_date = shown_money.business_date
        and shown_money.business_type = 'purchase'
left join orders
    on trend_dates.business_date = orders.business_date
left join conversion
    on trend_dates.business_date = conversion.created_date
order by trend_dates.business_date
