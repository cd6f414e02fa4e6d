-- Grain: one row per line_code and valid_from: a version of a shipping line, valid until the next one.

with lines as (
    select * from {{ ref('stg_shipping_lines') }} where not is_deleted
)

select
    line_code,
    line_name,
    coalesce(channel, 'unknown') as channel,
    volumetric_divisor,
    first_weight_g,
    step_weight_g,
    promised_days,
    valid_from,
    lead(valid_from) over (partition by line_code order by valid_from) as valid_to
from lines
