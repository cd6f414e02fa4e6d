-- Grain: one row per country_code: purchase orders and money of the buyers' countries in the last 30 business dates. Flow.
select
    orders_daily.country_code,
    cast(sum(orders_daily.paid_order_count) as bigint) as paid_order_count,
    sum(orders_daily.gross_paid_cny) as gross_paid_cny,
    sum(orders_daily.refund_cny) as refund_cny,
    sum(orders_daily.chargeback_cny) as chargeback_cny,
    sum(orders_daily.net_revenue_cny) as net_revenue_cny
from published.marts.orders_daily
inner join shown_dates
    on orders_daily.business_date = shown_dates.business_date
where shown_dates.is_recent
group by orders_daily.country_code
order by sum(orders_daily.gross_paid_cny) desc, orders_daily.country_code
