-- Grain: one row per business_date since the first counted payment, of the last 180.
select
    shown_dates.business_date,
    sum(displayed(core_daily.net_revenue_cny, shown_dates.rate_cny)) filter (where core_daily.business_type = 'all') as net_revenue,
    sum(displayed(core_daily.net_revenue_cny, shown_dates.rate_cny)) filter (where core_daily.business_type = 'purchase') as net_revenue_purchase,
    sum(displayed(core_daily.net_revenue_cny, shown_dates.rate_cny)) filter (where core_daily.business_type = 'forwarding') as net_revenue_forwarding,
    sum(displayed(core_daily.net_revenue_cny, shown_dates.rate_cny)) filter (where core_daily.business_type = 'service') as net_revenue_service,
    sum(core_daily.paid_order_count) filter (where core_daily.business_type = 'all') as paid_order_count,
    sum(core_daily.new_user_count) filter (where core_daily.business_type = 'all') as new_user_count
from shown_dates
inner join published.marts.core_daily
    on shown_dates.business_date = core_daily.business_date
group by shown_dates.business_date
order by shown_dates.business_date
