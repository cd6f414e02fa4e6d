-- Grain: one row per batch_id: a file or a read of a source table that landed or was rejected.

with batches as (
    select * from {{ source('raw', 'batches') }}
)

select
    batch_id,
    feed,
    source_name,
    source_kind,
    status,
    rejected_reason,
    unknown_columns,
    content_hash,
    byte_count,
    rows_read,
    rows_accepted,
    rows_quarantined,
    first_landing_seq,
    last_landing_seq,
    landed_at
from batches
