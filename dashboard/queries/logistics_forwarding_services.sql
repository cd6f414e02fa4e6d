-- Grain: one row per service_code: paid services of the last 30 business dates. Flow.
select
    services_daily.service_code,
    cast(sum(services_daily.paid_order_count) as bigint) as paid_order_count,
    sum(services_daily.gross_paid_cny) as gross_paid_cny,
    sum(services_daily.refund_cny) as refund_cny,
    sum(services_daily.chargeback_cny) as chargeback_cny,
    sum(services_daily.net_revenue_cny) as net_revenue_cny
from published.marts.services_daily
inner join shown_dates
    on services_daily.business_date = shown_dates.business_date
where shown_dates.is_recent
group by services_daily.service_code
order by sum(services_daily.gross_paid_cny) desc, services_daily.service_code
