-- Grain: one row per currency_code: what was paid in it in the last 30 business dates, in CNY. CNY is what is left of the whole.
with foreign_days as (
    select core_fx_daily.currency_code, core_fx_daily.amount_cny
    from published.marts.core_fx_daily
    inner join shown_dates
        on core_fx_daily.business_date = shown_dates.business_date
    where shown_dates.is_recent
),

whole as (
    select sum(core_daily.gross_paid_cny) as gross_paid_cny
    from published.marts.core_daily
    inner join shown_dates
        on core_daily.business_date = shown_dates.business_date
    where shown_dates.is_recent and core_daily.business_type = 'all'
),

currencies as (
    select currency_code, sum(amount_cny) as gross_paid_cny
    from foreign_days
    group by currency_code
    union all
    select
        'CNY' as currency_code,
        gross_paid_cny - coalesce((select sum(amount_cny) from foreign_days), 0) as gross_paid_cny
    from whole
)

select currency_code, gross_paid_cny
from currencies
where gross_paid_cny > 0
order by gross_paid_cny desc, currency_code
