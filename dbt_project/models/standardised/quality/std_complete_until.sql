-- Grain: one row per business_type incl. `all`: up to when the type's feeds have spoken (R22). A row that ends later than
-- that (or runs until an as-of later than that) is not complete. NULL: no payment ever came.

{% set rhythm_days = var('rhythm_days') %}
{% set order_feeds = {'purchase': ['purchase_orders'], 'forwarding': ['forwarding_orders'], 'service': ['service_orders']} %}
{% do order_feeds.update({'all': order_feeds.values() | sum(start=[])}) %}

with freshness as (
    select * from {{ ref('std_feed_freshness') }}
),

-- What a feed said last, and its rhythm on top; a feed without a rhythm is never silent.
spoken as (
    select
        {% for feed in ['payments'] + order_feeds['all'] %}
        max(
            case
                when feed = '{{ feed }}' then {% if rhythm_days.get(feed) -%}
                    last_updated_at + interval '{{ rhythm_days[feed] }}' day
                {%- else -%}
                    {{ or_never_at('null') }}
                {%- endif %}

            end
        ) as {{ feed }}_until_at{{ "," if not loop.last }}
        {% endfor %}
    from freshness
)

-- An order feed that never delivered is not silent: the platform may not have that business.
{% for business_type, feeds in order_feeds.items() %}
select
    '{{ business_type }}' as business_type,
    case
        when payments_until_at is not null then least(
            payments_until_at{% for feed in feeds %}, coalesce({{ feed }}_until_at, payments_until_at){% endfor %}

        )
    end as complete_until_at
from spoken
{{ "union all" if not loop.last }}
{% endfor %}
