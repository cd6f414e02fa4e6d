-- Grain: one row per period and business_type with data: its money, in CNY, and its orders and new payers, each counted on one date.
select
    digest_periods.period,
    core_daily.business_type,
    sum(core_daily.gross_paid_cny) as gross_paid_cny,
    sum(core_daily.refund_cny) as refund_cny,
    sum(core_daily.chargeback_cny) as chargeback_cny,
    sum(core_daily.net_revenue_cny) as net_revenue_cny,
    cast(sum(core_daily.paid_order_count) as bigint) as paid_order_count,
    cast(sum(core_daily.new_user_count) as bigint) as new_user_count,
    bool_and(core_daily.is_complete) as is_complete,
    min(core_daily.business_date) as first_date
from published.marts.core_daily
inner join digest_periods
    on core_daily.business_date between digest_periods.first_date and digest_periods.last_date
group by digest_periods.period, core_daily.business_type
order by digest_periods.period, core_daily.business_type
