-- Grain: one row per platform: purchase orders and money of the last 30 business dates. Flow.
with days as (
    select
        business_date,
        platform,
        sum(paid_order_count) as paid_order_count,
        sum(item_quantity) as item_quantity,
        sum(gross_paid_cny) as gross_paid_cny,
        sum(refund_cny) as refund_cny,
        sum(chargeback_cny) as chargeback_cny,
        sum(net_revenue_cny) as net_revenue_cny
    from published.marts.orders_daily
    group by business_date, platform
)

select
    days.platform,
    cast(sum(days.paid_order_count) as bigint) as paid_order_count,
    cast(sum(days.item_quantity) as bigint) as item_quantity,
    sum_if_all_known(displayed(days.gross_paid_cny, shown_dates.rate_cny)) as gross_paid,
    sum_if_all_known(displayed(days.refund_cny, shown_dates.rate_cny)) as refund,
    sum_if_all_known(displayed(days.chargeback_cny, shown_dates.rate_cny)) as chargeback,
    sum_if_all_known(displayed(days.net_revenue_cny, shown_dates.rate_cny)) as net_revenue
from days
inner join shown_dates
    on days.business_date = shown_dates.business_date
where shown_dates.is_recent
group by days.platform
order by sum(days.gross_paid_cny) desc, days.platform
