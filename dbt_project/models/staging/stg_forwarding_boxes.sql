-- Grain: one row per order_id, box_no: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['order_id', 'box_no'], affected_by=[{'pending': 'forwarding_boxes'}]) }}

with latest as (
    {{ latest_versions('forwarding_boxes', ['order_id', 'box_no']) }}
)

select
    order_id,
    'forwarding/' || order_id as order_key,
    box_no,
    tracking_number,
    cast(cast(actual_weight_g as decimal(18, 4)) as bigint) as actual_weight_g,
    cast(cast(length_mm as decimal(18, 4)) as bigint) as length_mm,
    cast(cast(width_mm as decimal(18, 4)) as bigint) as width_mm,
    cast(cast(height_mm as decimal(18, 4)) as bigint) as height_mm,
    {{ to_cny('carrier_cost_cny') }} as carrier_cost_cny,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
