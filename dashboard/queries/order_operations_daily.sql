-- Grain: one row per business_date since the first counted payment, of the last 180. created_* and the ratio stand on the created date;
-- the ratio is shown once its 72 hours have passed for all orders of the date.
with first_date as (
    select min(business_date) as business_date from published.marts.core_daily
),

orders as (
    select business_date, sum(paid_order_count) as paid_order_count
    from published.marts.orders_daily
    group by business_date
),

conversion as (
    select
        created_date,
        sum(created_order_count) as created_order_count,
        case when bool_and(is_mature) then sum(paid_72h_count) end as paid_72h_count
    from published.marts.orders_conversion_daily
    group by created_date
)

select
    shown_dates.business_date,
    shown_money.gross_paid,
    shown_money.refund,
    shown_money.chargeback,
    shown_money.net_revenue,
    cast(coalesce(conversion.created_order_count, 0) as bigint) as created_order_count,
    cast(coalesce(orders.paid_order_count, 0) as bigint) as paid_order_count,
    cast(conversion.paid_72h_count as double) / nullif(conversion.created_order_count, 0) as paid_72h_ratio
from shown_dates
inner join first_date
    on shown_dates.business_date >= first_date.business_date
left join shown_money
    on shown_dates.business_date = shown_money.business_date
        and shown_money.business_type = 'purchase'
left join orders
    on shown_dates.business_date = orders.business_date
left join conversion
    on shown_dates.business_date = conversion.created_date
order by shown_dates.business_date
