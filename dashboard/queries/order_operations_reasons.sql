-- Grain: one row per reason: purchase refunds of the last 30 business dates. Flow; no chargebacks.
with days as (
    select business_date, reason, sum(refund_cny) as refund_cny
    from published.marts.orders_refunds_daily
    where business_type = 'purchase'
    group by business_date, reason
)

select
    days.reason,
    sum_if_all_known(displayed(days.refund_cny, shown_dates.rate_cny)) as refund
from days
inner join shown_dates
    on days.business_date = shown_dates.business_date
where shown_dates.is_recent
group by days.reason
having sum(days.refund_cny) > 0
order by sum(days.refund_cny) desc, days.reason
