-- Grain: one row per counted non-CNY payment (payment_id): its booking at the official rate, its settlement and FX result (CONTRACT R14).
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
)

select
    booked.payment_id,
    booked.settlement_key,
    booked.currency_code,
    booked.amount,
    booked.charged_fee_amount as fee_amount,
    cast(booked.amount - booked.charged_fee_amount as decimal(18, 4)) as open_amount,
    booked.rate_cny,
    booked.amount_cny,
    booked.booked_cny,
    cast(booked.booked_cny - booked.amount_cny as decimal(18, 2)) as margin_cny,
    booked.fee_cny,
    cast(booked.booked_cny - booked.fee_cny as decimal(18, 2)) as carrying_cny,
    cast(charges.net_cny as decimal(18, 2)) as settled_cny,
    cast(charges.net_cny - (booked.booked_cny - booked.fee_cny) as decimal(18, 2)) as realised_cny,
    coalesce(booked.is_rate_provisional, false) as is_rate_provisional,
    booked.paid_date,
    -- A statement cannot close a payment before it was made.
    case when charges.settled_date is not null then greatest(charges.settled_date, booked.paid_date) end as settled_date
from booked
left join charges
    on booked.settlement_key = charges.settlement_key
        and booked.claim_no = 1
