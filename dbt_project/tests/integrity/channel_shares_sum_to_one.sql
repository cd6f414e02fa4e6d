-- The shares of a date sum to 1, and are NULL together where there is nothing to share. Fails with each date and share
-- that do not.
{{ config(meta={'dagster': {'ref': {'name': 'forwarding_channel_share_daily'}}}) }}

{% set measures = ['paid_order_count', 'chargeable_weight_g', 'gross_paid_cny'] %}

with shares as (
    {% for measure in measures %}
    select business_date, '{{ measure }}' as measure, {{ measure }} as part, {{ measure }}_share as share
    from {{ ref('forwarding_channel_share_daily') }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select business_date, measure, sum(part) as whole, sum(share) as shares_sum
from shares
group by business_date, measure
having (sum(part) > 0 and not coalesce(abs(sum(share) - 1) < 0.000000001, false)) or (sum(part) = 0 and count(share) > 0)
