-- Grain: one row per component and reason: purchase refunds of the last 30 business dates. Flow; no chargebacks.
select
    orders_refunds_daily.component,
    orders_refunds_daily.reason,
    cast(sum(orders_refunds_daily.refund_count) as bigint) as refund_count,
    sum(orders_refunds_daily.refund_cny) as refund_cny
from published.marts.orders_refunds_daily
inner join shown_dates
    on orders_refunds_daily.business_date = shown_dates.business_date
where shown_dates.is_recent and orders_refunds_daily.business_type = 'purchase'
group by orders_refunds_daily.component, orders_refunds_daily.reason
order by sum(orders_refunds_daily.refund_cny) desc, orders_refunds_daily.component, orders_refunds_daily.reason
