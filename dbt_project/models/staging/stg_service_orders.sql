-- Grain: one row per order_id: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['order_id'], affected_by=[{'pending': 'service_orders'}]) }}

with latest as (
    {{ latest_versions('service_orders', ['order_id']) }}
)

select
    order_id,
    'service/' || order_id as order_key,
    user_id,
    {{ open_code('service_code') }} as service_code,
    {{ open_code('target_type') }} as target_type,
    target_id,
    status,
    cast(cast(quantity as decimal(18, 4)) as bigint) as quantity,
    {{ to_cny("coalesce(fee_cny, '0')") }} as fee_cny,
    {{ to_cny("coalesce(discount_cny, '0')") }} as discount_cny,
    {{ masked_columns(['service_code', 'target_type']) }} as masked_columns,
    coalesce(cast(is_test as boolean), false) as is_test,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(created_at as timestamp) as created_at,
    cast(done_at as timestamp) as done_at,
    cast(cancelled_at as timestamp) as cancelled_at,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
