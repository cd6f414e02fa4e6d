-- Grain: one row per counted non-CNY payment (payment_id): its booking at the official rate, its settlement and FX result (R14).
-- Without an official rate of the paid date the derived figures are NULL.
{{ config(
    materialized='incremental',
    incremental_strategy='affected',
    scope_key=['settlement_key'],
    affected_by=[
        {'changes': 'std_payments', 'columns': ['settlement_key']},
        {'changes': 'std_settlements', 'columns': ['settlement_key']}
    ]
) }}

with payments as (
    select * from {{ ref('std_payments') }} where is_counted and currency_code <> 'CNY' and {{ in_scope() }}
),

settlements as (
    select * from {{ ref('std_settlements') }} where settlement_type = 'charge' and {{ in_scope() }}
),

charges as (
    select settlement_key, sum(net_cny) as net_cny, min(settled_date) as settled_date
    from settlements
    group by settlement_key
),

booked as (
    select
        *,
        coalesce(fee_amount, 0) as charged_fee_amount,
        {{ foreign_to_cny('amount', 'rate_cny') }} as booked_cny,
        {{ foreign_to_cny('coalesce(fee_amount, 0)', 'rate_cny') }} as fee_cny,
        -- One provider transaction settles one payment: the earliest.
        row_number() over (partition by settlement_key order by succeeded_at, payment_id) as claim_no
    from payments
),

claimed as (
    select
        *,
        -- Named here and not in the join: a join on a condition of its left side alone compares every pair of rows.
        case when claim_no = 1 then settlement_key end as claimed_settlement_key
    from booked
)

select
    claimed.payment_id,
    claimed.settlement_key,
    claimed.currency_code,
    claimed.amount,
    claimed.charged_fee_amount as fee_amount,
    cast(claimed.amount - claimed.charged_fee_amount as decimal(18, 4)) as open_amount,
    claimed.rate_cny,
    claimed.amount_cny,
    claimed.booked_cny,
    cast(claimed.booked_cny - claimed.amount_cny as decimal(18, 2)) as margin_cny,
    claimed.fee_cny,
    cast(claimed.booked_cny - claimed.fee_cny as decimal(18, 2)) as carrying_cny,
    cast(charges.net_cny as decimal(18, 2)) as settled_cny,
    cast(charges.net_cny - (claimed.booked_cny - claimed.fee_cny) as decimal(18, 2)) as realised_cny,
    coalesce(claimed.is_rate_provisional, false) as is_rate_provisional,
    claimed.paid_date,
    -- A statement cannot close a payment before it was made.
    case when charges.settled_date is not null then greatest(charges.settled_date, claimed.paid_date) end as settled_date
from claimed
left join charges
    on claimed.claimed_settlement_key = charges.settlement_key
