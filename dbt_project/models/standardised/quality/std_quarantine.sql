-- Grain: one row per quarantine_id and reason: a row that is in no figure because landing could not read it or modelling refuses it; one that
-- waits for another row; or one that counts but for a value that is published as `other`. No personal data.

{#- Feeds with open codes, whose rows may hold what does not look like a code (R20). -#}
{% set coded_feeds = [
    'users', 'purchase_orders', 'purchase_order_lines', 'forwarding_orders', 'shipping_lines', 'service_orders', 'refunds'
] %}

with batches as (
    select * from {{ source('raw', 'batches') }} where status <> 'revoked'
),

-- What a withdrawn batch refused is gone with it; what it released is held again.
landing as (
    select
        quarantine.*,
        releasing.batch_id is not null as is_released
    from {{ source('raw', 'quarantine') }} as quarantine
    inner join batches
        on quarantine.batch_id = batches.batch_id
    left join batches as releasing
        on quarantine.released_by_batch_id = releasing.batch_id
),

refunds as (
    select * from {{ ref('std_refunds') }}
),

payments as (
    select * from {{ ref('std_payments') }}
),

stg_refunds as (
    select * from {{ ref('stg_refunds') }}
),

stg_payments as (
    select * from {{ ref('stg_payments') }}
),

-- What modelling says of landed rows, by the landing order of their current version.
said as (
    select
        'refunds' as feed,
        'modelling' as stage,
        refunds.quarantine_reason as reason,
        cast(null as string) as detail,
        stg_refunds._landing_seq as landing_seq
    from refunds
    inner join stg_refunds
        on refunds.refund_id = stg_refunds.refund_id
    where refunds.quarantine_reason is not null
    union all
    select
        'refunds' as feed,
        'waiting' as stage,
        'waiting_for_payment' as reason,
        'its payment has not landed' as detail,
        stg_refunds._landing_seq as landing_seq
    from stg_refunds
    left join payments
        on stg_refunds.payment_id = payments.payment_id
    where payments.payment_id is null
        and not stg_refunds.is_deleted
        and stg_refunds.status = 'completed'
        and stg_refunds.completed_at < {{ as_of() }}
    union all
    select
        'payments' as feed,
        'modelling' as stage,
        payments.uncounted_reason as reason,
        payments.currency_code as detail,
        stg_payments._landing_seq as landing_seq
    from payments
    inner join stg_payments
        on payments.payment_id = stg_payments.payment_id
    where payments.uncounted_reason = 'no_rate'
    {% for feed in coded_feeds %}
    union all
    select
        '{{ feed }}' as feed,
        'masked' as stage,
        'not_a_code' as reason,
        masked_columns as detail,
        _landing_seq as landing_seq
    from {{ ref('stg_' ~ feed) }}
    where masked_columns is not null
        and not is_deleted
    {% endfor %}
),

raw_rows as (
    {% for feed in coded_feeds + ['payments'] %}
    {{ "union all" if not loop.first }}
    select
        '{{ feed }}' as feed,
        _landing_seq as landing_seq,
        _batch_id as batch_id,
        _line as line
    from {{ source('raw', feed) }}
    {% endfor %}
),

-- Where those rows were landed.
landed as (
    select * from raw_rows where landing_seq in (select landing_seq from said)
)

select
    landing.quarantine_id,
    landing.feed,
    landing.reason,
    landing.detail,
    'landing' as stage,
    landing.batch_id,
    landing.line,
    landing.is_released,
    landing.quarantined_at,
    case when landing.is_released then landing.released_at end as released_at
from landing
union all
select
    landed.batch_id || '-' || cast(landed.line as string) as quarantine_id,
    said.feed,
    said.reason,
    said.detail,
    said.stage,
    landed.batch_id,
    landed.line,
    false as is_released,
    cast(null as timestamp) as quarantined_at,
    cast(null as timestamp) as released_at
from said
inner join landed
    on said.feed = landed.feed
        and said.landing_seq = landed.landing_seq
union all
-- Names of unknown columns, as many as the file has.
select
    batch_id || '-header' as quarantine_id,
    feed,
    'not_a_code' as reason,
    cast(masked_column_count as string) || ' names of unknown columns' as detail,
    'masked' as stage,
    batch_id,
    1 as line,
    false as is_released,
    landed_at as quarantined_at,
    cast(null as timestamp) as released_at
from batches
where masked_column_count > 0
