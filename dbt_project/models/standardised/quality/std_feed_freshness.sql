-- Grain: one row per feed of the contract: when it last landed, and the latest change it knows of. NULL: never.

{% set feeds = [
    'users', 'purchase_orders', 'purchase_order_lines', 'forwarding_orders', 'forwarding_boxes', 'shipping_lines',
    'service_orders', 'payments', 'refunds', 'settlements', 'fx_rates', 'traffic_daily',
] %}

with batches as (
    select * from {{ source('raw', 'batches') }} where status = 'landed'
),

changes as (
    {% for feed in feeds %}
    select
        '{{ feed }}' as feed,
        max({{ '_updated_at' if feed != 'traffic_daily' else 'cast(null as timestamp)' }}) as last_updated_at
    from {{ ref('stg_' ~ feed) }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

landings as (
    select feed, max(landed_at) as last_landed_at
    from batches
    group by feed
)

select
    changes.feed,
    landings.last_landed_at,
    changes.last_updated_at
from changes
left join landings
    on changes.feed = landings.feed
