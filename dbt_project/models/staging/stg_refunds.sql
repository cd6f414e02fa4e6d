-- Grain: one row per refund_id: its current version (R16), deleted ones marked is_deleted.
{{ config(
    materialized='incremental',
    incremental_strategy='affected',
    scope_key=['refund_id'],
    affected_by=[{'pending': 'refunds', 'columns': ['refund_id']}]
) }}

with latest as (
    {{ latest_versions('refunds', ['refund_id']) }}
),

typed as (
    select
        refund_id,
        payment_id,
        component,
        reason,
        destination,
        status,
        {{ to_cny("coalesce(amount_cny, '0')") }} as amount_cny,
        currency_code,
        cast(amount as decimal(18, 4)) as amount,
        coalesce(cast(is_chargeback as boolean), false) as is_chargeback,
        coalesce(cast(is_deleted as boolean), false) as is_deleted,
        cast(requested_at as timestamp) as requested_at,
        cast(completed_at as timestamp) as completed_at,
        cast(updated_at as timestamp) as _updated_at,
        _landing_seq
    from latest
)

select
    refund_id,
    payment_id,
    component,
    reason,
    destination,
    status,
    amount_cny,
    currency_code,
    amount,
    is_chargeback,
    is_deleted,
    requested_at,
    completed_at,
    _updated_at,
    _landing_seq
from typed
