-- Grain: one row per settlement_id: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['settlement_id'], affected_by=[{'pending': 'settlements'}]) }}

with latest as (
    {{ latest_versions('settlements', ['settlement_id']) }}
)

select
    settlement_id,
    provider_txn_id,
    payment_id,
    type as settlement_type,
    currency_code,
    cast(gross_amount as decimal(18, 4)) as gross_amount,
    cast(fee_amount as decimal(18, 4)) as fee_amount,
    cast(net_amount as decimal(18, 4)) as net_amount,
    {{ to_cny('net_cny') }} as net_cny,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(settled_at as timestamp) as settled_at,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
