-- core_data_quality counts every row in quarantine once, of landing and of modelling. Fails with each feed and reason that differs.
{{ config(meta={'dagster': {'ref': {'name': 'core_data_quality'}}}) }}

with two_sides as (
    select feed, reason, quarantined_count as difference from {{ ref('core_data_quality') }}
    union all
    select feed, reason, -1 as difference from {{ ref('quarantine') }} where not is_released
)

select feed, reason, sum(difference) as miscounted
from two_sides
group by feed, reason
having sum(difference) <> 0
