-- What every query here reads besides the published tables, made anew for each display currency.
-- displayed: CNY at CNY per unit, two decimals, half away from zero, NULL without a positive rate (R15). Whole numbers only:
-- the amount in fen, the rate in ten-billionths.
create or replace temp macro displayed(amount_cny, rate_cny) as
    case
        when rate_cny > 0 then cast(
            sign(amount_cny)
            * cast(
                (
                    cast(abs(amount_cny) * 100 as hugeint) * 20000000000
                    + cast(cast(rate_cny as decimal(28, 10)) * 10000000000 as hugeint)
                ) // (cast(cast(rate_cny as decimal(28, 10)) * 10000000000 as hugeint) * 2)
                as decimal(20, 0)
            )
            * cast(0.01 as decimal(3, 2))
            as decimal(18, 2)
        )
    end;

-- A sum of which one part is not known is not known.
create or replace temp macro sum_if_all_known(amount) as
    case when count(*) = count(amount) then cast(coalesce(sum(amount), 0) as decimal(18, 2)) end;

-- Grain: one row per business_date of the last 180: the rate at which CNY of that date is shown.
create or replace temp table shown_dates as
with as_of as (
    select period_start_date as as_of_date
    from published.marts.core_periods
    where period = 'today' and business_type = 'all'
),

spine as (
    select
        as_of_date,
        cast(unnest(generate_series(as_of_date - 179, as_of_date, interval 1 day)) as date) as business_date
    from as_of
),

rates as (
    select business_date, rate_cny, rate_date, is_provisional, is_stale
    from published.audit.official_rates
    where currency_code = $currency_code
)

select
    spine.business_date,
    case when $currency_code = 'CNY' then cast(1 as decimal(20, 10)) else rates.rate_cny end as rate_cny,
    rates.rate_date,
    spine.business_date > spine.as_of_date - 30 as is_recent,
    spine.business_date = spine.as_of_date as is_running,
    coalesce(rates.is_provisional, false) as is_provisional,
    coalesce(rates.is_stale, false) as is_stale
from spine
left join rates
    on spine.business_date = rates.business_date
order by spine.business_date;
