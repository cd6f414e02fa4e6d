-- What queries here read besides the published tables, made anew for each display currency.
-- A sum of which one part is not known is not known.
create or replace temp macro sum_if_all_known(amount) as
    case when count(*) = count(amount) then cast(coalesce(sum(amount), 0) as decimal(18, 2)) end;

-- Grain: one row per business_date that trends look at: 13 months and the year before them, from the first counted payment on.
create or replace temp table trend_dates as
with as_of as (
    select cast(period_start_date as date) as as_of_date
    from published.marts.core_periods
    where period = 'today' and business_type = 'all'
)

select distinct core_daily.business_date
from published.marts.core_daily
cross join as_of
where core_daily.business_date >= date_trunc('month', as_of.as_of_date) - interval 24 month
order by core_daily.business_date;

-- Grain: one row per business_date and business_type: the money of core_daily in the display currency, as published.
create or replace temp table shown_money as
select
    core_daily.business_date,
    core_daily.business_type,
    case when $currency_code = 'CNY' then core_daily.gross_paid_cny else display.gross_paid end as gross_paid,
    case when $currency_code = 'CNY' then core_daily.refund_cny else display.refund end as refund,
    case when $currency_code = 'CNY' then core_daily.chargeback_cny else display.chargeback end as chargeback,
    case when $currency_code = 'CNY' then core_daily.net_revenue_cny else display.net_revenue end as net_revenue
from published.marts.core_daily
left join published.marts.core_display_daily as display
    on core_daily.business_date = display.business_date
        and core_daily.business_type = display.business_type
        and display.currency_code = $currency_code;

-- Grain: one row per business_date of the last 180 with money: the rate at which it is shown. None in CNY.
create or replace temp table shown_rates as
select
    shown_dates.business_date,
    display.rate_cny,
    display.rate_date,
    shown_dates.is_running,
    coalesce(display.is_rate_provisional, false) as is_provisional
from shown_dates
inner join published.marts.core_daily
    on shown_dates.business_date = core_daily.business_date
        and core_daily.business_type = 'all'
left join published.marts.core_display_daily as display
    on core_daily.business_date = display.business_date
        and display.business_type = 'all'
        and display.currency_code = $currency_code
where $currency_code <> 'CNY';
