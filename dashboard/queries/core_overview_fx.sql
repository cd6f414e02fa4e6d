-- Grain: one row per currency_code: the exchange result of the last 30 business dates in CNY; open_* and unrealised_* are levels at the as-of.
with days as (
    select core_fx_daily.*, shown_dates.is_running
    from published.marts.core_fx_daily
    inner join shown_dates
        on core_fx_daily.business_date = shown_dates.business_date
    where shown_dates.is_recent
)

select
    currency_code,
    cast(sum(payment_count) as bigint) as payment_count,
    cast(sum(paid_amount) as decimal(18, 2)) as paid_amount,
    cast(sum(amount_cny) as decimal(18, 2)) as amount_cny,
    sum_if_all_known(margin_cny) as margin_cny,
    sum_if_all_known(fee_cny) as fee_cny,
    sum_if_all_known(realised_cny) as realised_cny,
    max(open_cny) filter (where is_running) as open_cny,
    max(unrealised_cny) filter (where is_running) as unrealised_cny,
    max(rate_cny) filter (where is_running) as rate_cny
from days
group by currency_code
order by sum(amount_cny) desc, currency_code
