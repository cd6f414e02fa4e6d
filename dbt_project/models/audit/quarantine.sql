-- Grain: one row per quarantine_id and reason, with where the row came from and why it is in no figure. No raw text: that stays in raw.

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
    quarantine.batch_id,
    batches.source_name,
    quarantine.line,
    quarantine.is_released,
    quarantine.quarantined_at,
    quarantine.released_at
from quarantine
left join batches
    on quarantine.batch_id = batches.batch_id
