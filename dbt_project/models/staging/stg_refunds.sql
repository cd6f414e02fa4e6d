-- Grain: one row per refund_id: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['refund_id'], affected_by=[{'pending': 'refunds'}]) }}

with latest as (
    {{ latest_versions('refunds', ['refund_id']) }}
)

select
    refund_id,
    payment_id,
    {{ open_code('component') }} as component,
    {{ open_code('reason') }} as reason,
    destination,
    status,
    {{ to_cny("coalesce(amount_cny, '0')") }} as amount_cny,
    currency_code,
    cast(amount as decimal(18, 4)) as amount,
    {{ masked_columns(['component', 'reason']) }} as masked_columns,
    coalesce(cast(is_chargeback as boolean), false) as is_chargeback,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(requested_at as timestamp) as requested_at,
    cast(completed_at as timestamp) as completed_at,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
