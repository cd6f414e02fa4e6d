-- Grain: one row per order_id: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['order_id'], affected_by=[{'pending': 'forwarding_orders'}]) }}

with latest as (
    {{ latest_versions('forwarding_orders', ['order_id']) }}
)

select
    order_id,
    'forwarding/' || order_id as order_key,
    user_id,
    {{ open_code('warehouse_code') }} as warehouse_code,
    line_code,
    {{ open_code('destination_country') }} as destination_country,
    status,
    {{ to_cny("coalesce(freight_cny, '0')") }} as freight_cny,
    {{ to_cny("coalesce(surcharge_cny, '0')") }} as surcharge_cny,
    {{ to_cny("coalesce(insurance_cny, '0')") }} as insurance_cny,
    {{ to_cny("coalesce(customs_cny, '0')") }} as customs_cny,
    {{ to_cny("coalesce(service_cny, '0')") }} as service_cny,
    {{ to_cny("coalesce(discount_cny, '0')") }} as discount_cny,
    {{ masked_columns(['warehouse_code', 'line_code', 'destination_country']) }} as masked_columns,
    coalesce(cast(is_test as boolean), false) as is_test,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(created_at as timestamp) as created_at,
    cast(packed_at as timestamp) as packed_at,
    cast(shipped_at as timestamp) as shipped_at,
    cast(delivered_at as timestamp) as delivered_at,
    cast(cancelled_at as timestamp) as cancelled_at,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
