-- Grain: one row per business_date and currency_code, daily from the currency's first counted payment (R14).
-- paid_* and margin, fee, untracked by paid date; settled, realised by the date of the first charge; open_* and unrealised are levels at day end.
-- Currencies × days is small and every open day's level moves with the rate, so it is computed whole.
{{ config(materialized='table') }}

with positions as (
    select * from {{ ref('std_fx_positions') }}
),

calendar as (
    select * from {{ ref('std_calendar') }}
),

rates as (
    select * from {{ ref('std_fx_rates') }}
),

paid as (
    select
        currency_code,
        paid_date as business_date,
        sum(amount) as paid_amount,
        sum(amount_cny) as amount_cny,
        {{ sum_cny_if_all_known('booked_cny') }} as booked_cny,
        {{ sum_cny_if_all_known('margin_cny') }} as margin_cny,
        {{ sum_cny_if_all_known('fee_cny') }} as fee_cny,
        count(*) as payment_count
    from positions
    group by currency_code, paid_date
),

untracked as (
    select
        currency_code,
        paid_date as business_date,
        {{ sum_cny_if_all_known('carrying_cny') }} as untracked_cny,
        count(*) as payment_count
    from positions
    where is_untracked
    group by currency_code, paid_date
),

settled as (
    select
        currency_code,
        settled_date as business_date,
        sum(settled_cny) as settled_cny,
        {{ sum_cny_if_all_known('realised_cny') }} as realised_cny,
        count(*) as settlement_count
    from positions
    where settled_date is not null
    group by currency_code, settled_date
),

open_spans as (
    select
        currency_code,
        open_amount,
        carrying_cny,
        paid_date as open_from_date,
        {{ add_days('paid_date', 31) }} as long_open_from_date,
        {{ or_never('settled_date') }} as open_to_date
    from positions
    where not is_untracked
),

-- An open position comes in on its first open date and goes out on the date it is settled.
moves as (
    select
        currency_code,
        open_from_date as business_date,
        open_amount,
        {{ to_cny('coalesce(carrying_cny, 0)') }} as carrying_cny,
        1 as open_count,
        case when carrying_cny is null then 1 else 0 end as unknown_count,
        cast(0 as decimal(18, 4)) as long_open_amount,
        0 as long_open_count
    from open_spans
    union all
    select
        currency_code,
        open_to_date as business_date,
        cast(-1 * open_amount as decimal(18, 4)) as open_amount,
        {{ to_cny('-1 * coalesce(carrying_cny, 0)') }} as carrying_cny,
        -1 as open_count,
        case when carrying_cny is null then -1 else 0 end as unknown_count,
        cast(case when long_open_from_date < open_to_date then -1 * open_amount else 0 end as decimal(18, 4)) as long_open_amount,
        case when long_open_from_date < open_to_date then -1 else 0 end as long_open_count
    from open_spans
    union all
    select
        currency_code,
        long_open_from_date as business_date,
        cast(0 as decimal(18, 4)) as open_amount,
        cast(0 as decimal(18, 2)) as carrying_cny,
        0 as open_count,
        0 as unknown_count,
        open_amount as long_open_amount,
        1 as long_open_count
    from open_spans
    where long_open_from_date < open_to_date
),

daily_moves as (
    select
        currency_code,
        business_date,
        sum(open_amount) as open_amount,
        sum(carrying_cny) as carrying_cny,
        sum(open_count) as open_count,
        sum(unknown_count) as unknown_count,
        sum(long_open_amount) as long_open_amount,
        sum(long_open_count) as long_open_count
    from moves
    group by currency_code, business_date
),

first_dates as (
    select currency_code, min(paid_date) as first_date
    from positions
    group by currency_code
),

days as (
    select first_dates.currency_code, calendar.business_date
    from first_dates
    inner join calendar
        on first_dates.first_date <= calendar.business_date
),

levels as (
    select
        days.currency_code,
        days.business_date,
        sum(coalesce(daily_moves.open_amount, 0)) over running as open_amount,
        sum(coalesce(daily_moves.carrying_cny, 0)) over running as carrying_cny,
        sum(coalesce(daily_moves.open_count, 0)) over running as open_count,
        sum(coalesce(daily_moves.unknown_count, 0)) over running as unknown_count,
        sum(coalesce(daily_moves.long_open_amount, 0)) over running as long_open_amount,
        sum(coalesce(daily_moves.long_open_count, 0)) over running as long_open_count
    from days
    left join daily_moves
        on days.currency_code = daily_moves.currency_code
            and days.business_date = daily_moves.business_date
    window running as (
        partition by days.currency_code order by days.business_date rows between unbounded preceding and current row
    )
),

valued as (
    select
        levels.*,
        rates.rate_cny,
        rates.rate_date,
        rates.rate_source,
        rates.is_provisional,
        rates.is_stale,
        -- Nothing open is 0 at any rate; something open is not known without one.
        case
            when levels.open_count = 0 then cast(0 as decimal(18, 2))
            else {{ foreign_to_cny('levels.open_amount', 'rates.rate_cny') }}
        end as open_cny,
        case
            when levels.long_open_count = 0 then cast(0 as decimal(18, 2))
            else {{ foreign_to_cny('levels.long_open_amount', 'rates.rate_cny') }}
        end as open_over_30d_cny
    from levels
    left join rates
        on levels.currency_code = rates.currency_code
            and levels.business_date = rates.business_date
)

select
    valued.business_date,
    valued.currency_code,
    cast(coalesce(paid.payment_count, 0) as bigint) as payment_count,
    cast(coalesce(paid.paid_amount, 0) as decimal(18, 4)) as paid_amount,
    cast(coalesce(paid.amount_cny, 0) as decimal(18, 2)) as amount_cny,
    -- Not known is NULL; a day without payments is 0.
    cast(case when paid.payment_count > 0 then paid.booked_cny else 0 end as decimal(18, 2)) as booked_cny,
    cast(case when paid.payment_count > 0 then paid.margin_cny else 0 end as decimal(18, 2)) as margin_cny,
    cast(case when paid.payment_count > 0 then paid.fee_cny else 0 end as decimal(18, 2)) as fee_cny,
    cast(coalesce(settled.settled_cny, 0) as decimal(18, 2)) as settled_cny,
    cast(case when settled.settlement_count > 0 then settled.realised_cny else 0 end as decimal(18, 2)) as realised_cny,
    cast(valued.open_amount as decimal(18, 4)) as open_amount,
    valued.open_cny,
    cast(
        case when valued.unknown_count = 0 then valued.open_cny - valued.carrying_cny end as decimal(18, 2)
    ) as unrealised_cny,
    cast(case when untracked.payment_count > 0 then untracked.untracked_cny else 0 end as decimal(18, 2)) as untracked_cny,
    valued.open_over_30d_cny,
    valued.rate_cny,
    valued.rate_source,
    coalesce(valued.is_provisional, false) as is_rate_provisional,
    coalesce(valued.is_stale, false) as is_rate_stale,
    valued.rate_date
from valued
left join paid
    on valued.currency_code = paid.currency_code
        and valued.business_date = paid.business_date
left join untracked
    on valued.currency_code = untracked.currency_code
        and valued.business_date = untracked.business_date
left join settled
    on valued.currency_code = settled.currency_code
        and valued.business_date = settled.business_date
