-- Grain: one row per payment_id: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['payment_id'], affected_by=[{'pending': 'payments'}]) }}

with latest as (
    {{ latest_versions('payments', ['payment_id']) }}
)

select
    payment_id,
    user_id,
    order_type,
    order_id,
    purpose,
    method,
    provider_txn_id,
    -- The order whose bill the payment fills; a payment of no order is a unit of its own.
    coalesce(order_type || '/' || order_id, 'payment/' || payment_id) as order_key,
    status,
    currency_code,
    cast(amount as decimal(18, 4)) as amount,
    {{ to_cny('amount_cny') }} as amount_cny,
    cast(fee_amount as decimal(18, 4)) as fee_amount,
    {{ to_cny('bonus_cny') }} as bonus_cny,
    coalesce(cast(is_test as boolean), false) as is_test,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(initiated_at as timestamp) as initiated_at,
    cast(succeeded_at as timestamp) as succeeded_at,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
