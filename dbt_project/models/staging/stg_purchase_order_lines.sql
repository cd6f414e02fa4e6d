-- Grain: one row per order_id, line_no: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['order_id', 'line_no'], affected_by=[{'pending': 'purchase_order_lines'}]) }}

with latest as (
    {{ latest_versions('purchase_order_lines', ['order_id', 'line_no']) }}
)

select
    order_id,
    'purchase/' || order_id as order_key,
    line_no,
    seller_id,
    {{ open_code('category') }} as category,
    title,
    cast(cast(quantity as decimal(18, 4)) as bigint) as quantity,
    {{ to_cny("coalesce(unit_price_cny, '0')") }} as unit_price_cny,
    {{ masked_columns(['category']) }} as masked_columns,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
