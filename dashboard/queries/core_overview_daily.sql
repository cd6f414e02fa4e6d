-- Grain: one row per business_date of trend_dates.
select
    trend_dates.business_date,
    sum(shown_money.net_revenue) filter (where shown_money.business_type = 'all') as net_revenue,
    sum(shown_money.net_revenue) filter (where shown_money.business_type = 'purchase') as net_revenue_purchase,
    sum(shown_money.net_revenue) filter (where shown_money.business_type = 'forwarding') as net_revenue_forwarding,
    sum(shown_money.net_revenue) filter (where shown_money.business_type = 'service') as net_revenue_service,
    sum(core_daily.paid_order_count) filter (where core_daily.business_type = 'all') as paid_order_count,
    sum(core_daily.paying_user_count) filter (where core_daily.business_type = 'all') as paying_user_count,
    sum(core_daily.new_user_count) filter (where core_daily.business_type = 'all') as new_user_count
from trend_dates
inner join shown_money
    on trend_dates.business_date = shown_money.business_date
inner join published.marts.core_daily
    on shown_money.business_date = core_daily.business_date
        and shown_money.business_type = core_daily.business_type
group by trend_dates.business_date
order by trend_dates.business_date
