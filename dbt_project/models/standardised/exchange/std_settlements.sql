-- Grain: one row per settlement_id: a line of a payment provider's statement that has happened.
{{ config(
    scope_key=['settlement_id'],
    affected_by=[
        {'changes': 'stg_settlements'},
        {'between_as_ofs': 'stg_settlements', 'instant': 'settled_at'}
    ]
) }}

with settlements as (
    select * from {{ ref('stg_settlements') }} where {{ in_scope() }}
)

select
    settlement_id,
    provider_txn_id,
    payment_id,
    settlement_type,
    currency_code,
    gross_amount,
    fee_amount,
    net_amount,
    net_cny,
    {{ business_date('settled_at') }} as settled_date,
    settled_at
from settlements
where not is_deleted and settled_at < {{ as_of() }}
