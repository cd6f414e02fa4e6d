-- Grain: one row per counted non-CNY payment (payment_id): its booking at the official rate, its settlement and FX result (R14).
-- Without an official rate of the paid date the derived figures are NULL.
{{ config(scope_key=['payment_id'], affected_by=[{'model': 'affected_positions'}]) }}

-- depends_on: {{ ref('affected_positions') }}

with payments as (
    select * from {{ ref('std_payments') }} where is_counted and currency_code <> 'CNY' and {{ in_scope() }}
),

charges as (
    select * from {{ ref('std_settlements') }} where settlement_type = 'charge'
),

claims as (
    select
        payment_id,
        provider_txn_id,
        row_number() over (partition by provider_txn_id order by succeeded_at, payment_id) as claim_no
    from payments
    where provider_txn_id is not null
),

-- A line that names its payment settles that one; the others settle the earliest payment of their provider transaction.
matched as (
    select payment_id, net_cny, settled_date
    from charges
    where payment_id is not null and {{ in_scope() }}
    union all
    select claims.payment_id, charges.net_cny, charges.settled_date
    from charges
    inner join claims
        on charges.provider_txn_id = claims.provider_txn_id
    where charges.payment_id is null and claims.claim_no = 1
),

settled as (
    select payment_id, sum(net_cny) as net_cny, min(settled_date) as settled_date
    from matched
    group by payment_id
),

booked as (
    select
        *,
        coalesce(fee_amount, 0) as charged_fee_amount,
        {{ foreign_to_cny('amount', 'rate_cny') }} as booked_cny,
        {{ foreign_to_cny('coalesce(fee_amount, 0)', 'rate_cny') }} as fee_cny
    from payments
),

carried as (
    select
        booked.*,
        booked.booked_cny - booked.fee_cny as carrying_cny,
        settled.net_cny as settled_cny,
        -- A statement cannot close a payment before it was made.
        case when settled.settled_date is not null then greatest(settled.settled_date, booked.paid_date) end as settled_date,
        booked.provider_txn_id is null and settled.payment_id is null as is_untracked
    from booked
    left join settled
        on booked.payment_id = settled.payment_id
)

select
    payment_id,
    provider_txn_id,
    currency_code,
    amount,
    charged_fee_amount as fee_amount,
    cast(case when is_untracked then 0 else amount - charged_fee_amount end as decimal(18, 4)) as open_amount,
    rate_cny,
    amount_cny,
    booked_cny,
    cast(booked_cny - amount_cny as decimal(18, 2)) as margin_cny,
    fee_cny,
    cast(carrying_cny as decimal(18, 2)) as carrying_cny,
    cast(settled_cny as decimal(18, 2)) as settled_cny,
    cast(settled_cny - carrying_cny as decimal(18, 2)) as realised_cny,
    is_untracked,
    coalesce(is_rate_provisional, false) as is_rate_provisional,
    paid_date,
    settled_date
from carried
