-- Grain: one row per feed and reason: rows in quarantine now, from landing and from modelling.
{{ config(materialized='table') }}

with quarantine as (
    select * from {{ ref('std_quarantine') }} where not is_released
)

select
    feed,
    reason,
    count(*) as quarantined_count
from quarantine
group by feed, reason
