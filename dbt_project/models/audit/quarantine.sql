-- Grain: one row per quarantined row, with where it came from and why it is in no figure. No raw text: that stays in raw.

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
    coalesce(landed.batch_id, accepted.batch_id) as batch_id,
    coalesce(landed.source_name, accepted.source_name) as source_name,
    quarantine.line,
    quarantine.is_released,
    quarantine.quarantined_at,
    quarantine.released_at
from quarantine
left join batches as landed
    on quarantine.batch_id = landed.batch_id
-- A row that the models quarantine was accepted by the batch whose landing order it falls in.
left join batches as accepted
    on quarantine.landing_seq >= accepted.first_landing_seq
        and quarantine.landing_seq <= accepted.last_landing_seq
