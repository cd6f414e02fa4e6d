-- The money of every mart is, date by date, a sum over the one fact. Each figure of a mart is taken with its sign and
-- the movements it stands for against it: what is left is the difference. Fails with each figure and date that leaves one.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'std_money_movements'}}}) }}

{% set paid = "movement_type = 'payment'" %}
{% set figures = [] %}
{% for mart, business_type, components in [
    ('orders_daily', 'purchase', ['goods', 'domestic_freight', 'service_fee', 'supplement', 'unallocated']),
    ('forwarding_daily', 'forwarding', ['freight', 'surcharge', 'insurance', 'customs', 'supplement', 'unallocated']),
    ('services_daily', 'service', []),
] %}
{% set of_type = "business_type = '" ~ business_type ~ "'" %}
{% do figures.append((mart, 'gross_paid_cny', of_type ~ ' and ' ~ paid, 1)) %}
{% do figures.append((mart, 'refund_cny', of_type ~ " and movement_type = 'refund'", -1)) %}
{% do figures.append((mart, 'chargeback_cny', of_type ~ " and movement_type = 'chargeback'", -1)) %}
{% do figures.append((mart, 'net_revenue_cny', of_type, 1)) %}
{% for component in components %}
{% do figures.append((mart, component ~ '_cny', of_type ~ ' and ' ~ paid ~ " and component = '" ~ component ~ "'", 1)) %}
{% endfor %}
{% endfor %}
{% do figures.append(('forwarding_channel_share_daily', 'gross_paid_cny', "business_type = 'forwarding' and " ~ paid, 1)) %}
{% do figures.append(('orders_refunds_daily', 'refund_cny', "movement_type = 'refund'", -1)) %}
{% do figures.append(('users_segments_daily', 'net_revenue_cny', 'true', 1)) %}

with fact_days as (
    select business_date, business_type, movement_type, component, sum(amount_cny) as amount_cny
    from {{ ref('std_money_movements') }}
    group by business_date, business_type, movement_type, component
),

two_sides as (
    {% for mart, column, condition, sign in figures %}
    select '{{ mart }}.{{ column }}' as figure, business_date, {{ column }} as amount_cny
    from {{ ref(mart) }}
    union all
    select '{{ mart }}.{{ column }}' as figure, business_date, {{ -1 * sign }} * amount_cny as amount_cny
    from fact_days
    where {{ condition }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select figure, business_date, sum(amount_cny) as difference_cny
from two_sides
group by figure, business_date
having sum(amount_cny) <> 0
