-- Grain: one row per quarantined row, with where it came from and why it is in no figure. No raw text: that stays in raw.
{{ config(materialized='table') }}

with quarantine as (
    select * from {{ ref('std_quarantine') }}
),

batches as (
    select * from {{ source('raw', 'batches') }}
)

select
    quarantine.quarantine_id,
    quarantine.feed,
    quarantine.reason,
    quarantine.detail,
    quarantine.stage,
    quarantine.record_key,
    batches.batch_id,
    batches.source_name,
    quarantine.line,
    quarantine.is_released,
    quarantine.quarantined_at,
    quarantine.released_at
from quarantine
left join batches
    on quarantine.batch_id = batches.batch_id
        or quarantine.landing_seq between batches.first_landing_seq and batches.last_landing_seq
