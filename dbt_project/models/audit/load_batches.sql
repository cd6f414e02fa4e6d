-- Grain: one row per batch_id: a file or a read of a source table that landed, was rejected, or landed and was withdrawn.

with batches as (
    select * from {{ source('raw', 'batches') }}
),

-- The last deed on a batch: it was withdrawn, or a withdrawal undone.
revocations as (
    select
        *,
        row_number() over (partition by batch_id order by revocation_seq desc) as recency
    from {{ source('raw', 'revocations') }}
)

select
    batches.batch_id,
    batches.feed,
    batches.source_name,
    batches.source_kind,
    batches.status,
    batches.rejected_reason,
    batches.unknown_columns,
    batches.converted_counts,
    batches.content_hash,
    batches.byte_count,
    batches.rows_read,
    batches.rows_accepted,
    batches.rows_quarantined,
    batches.first_landing_seq,
    batches.last_landing_seq,
    batches.landed_at,
    revocations.reason as revoked_reason,
    revocations.revoked_by,
    revocations.revoked_at
from batches
left join revocations
    on batches.batch_id = revocations.batch_id
        and revocations.recency = 1
        and not revocations.is_undo
