-- Grain: one row per line_code, valid_from: its current version (R16), deleted ones marked is_deleted.
{{ config(
    scope_key=['line_code', 'valid_from'],
    affected_by=[{'pending': 'shipping_lines', 'columns': ['line_code', 'cast(valid_from as date)']}]
) }}

with latest as (
    {{ latest_versions('shipping_lines', ['line_code', 'cast(valid_from as date)']) }}
)

select
    line_code,
    line_name,
    {{ open_code('channel') }} as channel,
    cast(volumetric_divisor as decimal(18, 4)) as volumetric_divisor,
    cast(cast(first_weight_g as decimal(18, 4)) as bigint) as first_weight_g,
    {{ to_cny('first_fee_cny') }} as first_fee_cny,
    cast(cast(step_weight_g as decimal(18, 4)) as bigint) as step_weight_g,
    {{ to_cny('step_fee_cny') }} as step_fee_cny,
    cast(cast(promised_days as decimal(18, 4)) as bigint) as promised_days,
    {{ masked_columns(['channel']) }} as masked_columns,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(valid_from as date) as valid_from,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
