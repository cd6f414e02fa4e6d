-- Grain: one row per business_type: what was paid in the last 30 business dates.
select
    core_daily.business_type,
    sum_if_all_known(shown_money.gross_paid) as gross_paid
from published.marts.core_daily
inner join shown_money
    on core_daily.business_date = shown_money.business_date
        and core_daily.business_type = shown_money.business_type
inner join shown_dates
    on core_daily.business_date = shown_dates.business_date
where shown_dates.is_recent and core_daily.business_type <> 'all'
group by core_daily.business_type
order by sum(core_daily.gross_paid_cny) desc, core_daily.business_type
