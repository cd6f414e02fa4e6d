-- Grain: one row per row that is in no figure because it cannot be read (landing) or breaks a rule (modelling). No personal data.

with landing as (
    select * from {{ source('raw', 'quarantine') }}
),

refunds as (
    select * from {{ ref('std_refunds') }} where quarantine_reason is not null
),

payments as (
    select * from {{ ref('std_payments') }} where uncounted_reason = 'no_rate'
),

stg_refunds as (
    select * from {{ ref('stg_refunds') }}
),

stg_payments as (
    select * from {{ ref('stg_payments') }}
)

select
    'landing/' || quarantine_id as quarantine_id,
    feed,
    reason,
    detail,
    'landing' as stage,
    cast(null as varchar) as record_key,
    batch_id,
    line,
    cast(null as bigint) as landing_seq,
    released_at is not null as is_released,
    quarantined_at,
    released_at
from landing
union all
select
    'refunds/' || refunds.refund_id as quarantine_id,
    'refunds' as feed,
    refunds.quarantine_reason as reason,
    cast(null as varchar) as detail,
    'modelling' as stage,
    refunds.refund_id as record_key,
    cast(null as varchar) as batch_id,
    cast(null as bigint) as line,
    stg_refunds._landing_seq as landing_seq,
    false as is_released,
    cast(null as timestamp) as quarantined_at,
    cast(null as timestamp) as released_at
from refunds
inner join stg_refunds
    on refunds.refund_id = stg_refunds.refund_id
union all
select
    'payments/' || payments.payment_id as quarantine_id,
    'payments' as feed,
    payments.uncounted_reason as reason,
    payments.currency_code as detail,
    'modelling' as stage,
    payments.payment_id as record_key,
    cast(null as varchar) as batch_id,
    cast(null as bigint) as line,
    stg_payments._landing_seq as landing_seq,
    false as is_released,
    cast(null as timestamp) as quarantined_at,
    cast(null as timestamp) as released_at
from payments
inner join stg_payments
    on payments.payment_id = stg_payments.payment_id
