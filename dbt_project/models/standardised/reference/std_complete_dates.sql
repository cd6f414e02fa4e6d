-- Grain: one row per business_date and business_type incl. `all`: whether the type's feeds had spoken by its end (R22).

with dates as (
    select * from {{ ref('std_calendar') }}
),

types as (
    select * from {{ ref('std_complete_until') }}
)

select
    dates.business_date,
    types.business_type,
    dates.month_start_date as month,
    coalesce({{ end_of_row('dates.business_date') }} <= types.complete_until_at, false) as is_complete
from dates
cross join types
