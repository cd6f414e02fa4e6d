-- Grain: one row per service_code: paid services of the last 30 business dates. Flow.
select
    services_daily.service_code,
    cast(sum(services_daily.paid_order_count) as bigint) as paid_order_count,
    sum_if_all_known(displayed(services_daily.gross_paid_cny, shown_dates.rate_cny)) as gross_paid,
    sum_if_all_known(displayed(services_daily.refund_cny, shown_dates.rate_cny)) as refund,
    sum_if_all_known(displayed(services_daily.chargeback_cny, shown_dates.rate_cny)) as chargeback,
    sum_if_all_known(displayed(services_daily.net_revenue_cny, shown_dates.rate_cny)) as net_revenue
from published.marts.services_daily
inner join shown_dates
    on services_daily.business_date = shown_dates.business_date
where shown_dates.is_recent
group by services_daily.service_code
order by sum(services_daily.gross_paid_cny) desc, services_daily.service_code
