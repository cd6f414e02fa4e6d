-- Grain: one row per feed: when it last landed, and the latest change it knows of. NULL: never.
{{ config(materialized='table') }}

with freshness as (
    select * from {{ ref('std_feed_freshness') }}
)

select
    feed,
    last_landed_at,
    last_updated_at
from freshness
