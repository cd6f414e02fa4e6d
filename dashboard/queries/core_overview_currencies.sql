-- Grain: one row per currency_code: what was paid in it in the last 30 business dates. CNY is what is left of the whole.
with foreign_days as (
    select business_date, currency_code, amount_cny
    from published.marts.core_fx_daily
),

foreign_totals as (
    select business_date, sum(amount_cny) as amount_cny
    from foreign_days
    group by business_date
),

cny_days as (
    select
        core_daily.business_date,
        'CNY' as currency_code,
        core_daily.gross_paid_cny - coalesce(foreign_totals.amount_cny, 0) as amount_cny
    from published.marts.core_daily
    left join foreign_totals
        on core_daily.business_date = foreign_totals.business_date
    where core_daily.business_type = 'all'
),

days as (
    select business_date, currency_code, amount_cny from foreign_days
    union all
    select business_date, currency_code, amount_cny from cny_days
)

select
    days.currency_code,
    sum_if_all_known(displayed(days.amount_cny, shown_dates.rate_cny)) as gross_paid
from days
inner join shown_dates
    on days.business_date = shown_dates.business_date
where shown_dates.is_recent
group by days.currency_code
having sum(days.amount_cny) > 0
order by sum(days.amount_cny) desc, days.currency_code
