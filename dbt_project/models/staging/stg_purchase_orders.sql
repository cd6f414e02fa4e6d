-- Grain: one row per order_id: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['order_id'], affected_by=[{'pending': 'purchase_orders'}]) }}

with latest as (
    {{ latest_versions('purchase_orders', ['order_id']) }}
)

select
    order_id,
    'purchase/' || order_id as order_key,
    user_id,
    platform,
    status,
    {{ open_code('cancel_reason') }} as cancel_reason,
    {{ to_cny("coalesce(goods_cny, '0')") }} as goods_cny,
    {{ to_cny("coalesce(domestic_freight_cny, '0')") }} as domestic_freight_cny,
    {{ to_cny("coalesce(service_fee_cny, '0')") }} as service_fee_cny,
    {{ to_cny("coalesce(discount_cny, '0')") }} as discount_cny,
    {{ to_cny('purchase_cost_cny') }} as purchase_cost_cny,
    {{ masked_columns(['cancel_reason']) }} as masked_columns,
    coalesce(cast(is_test as boolean), false) as is_test,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(created_at as timestamp) as created_at,
    cast(purchased_at as timestamp) as purchased_at,
    cast(stored_at as timestamp) as stored_at,
    cast(completed_at as timestamp) as completed_at,
    cast(cancelled_at as timestamp) as cancelled_at,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
