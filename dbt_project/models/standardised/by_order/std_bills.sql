-- Grain: one row per order_key: what its bill asks for, component by component, the discount spread in whole fen (R6).

{% set components = billed_components() %}
{% set asked = {
    'purchase': {'goods': 'goods_cny', 'domestic_freight': 'domestic_freight_cny', 'service_fee': 'service_fee_cny'},
    'forwarding': {
        'freight': 'freight_cny', 'surcharge': 'surcharge_cny', 'insurance': 'insurance_cny', 'customs': 'customs_cny',
        'service': 'service_cny'
    },
    'service': {'service': 'fee_cny'},
} %}

with orders as (
    {% for order_type, columns in asked.items() %}
    select
        order_key,
        '{{ order_type }}' as order_type,
        {% for component in components %}
        {{ columns.get(component, 'cast(0 as decimal(18, 2))') }} as {{ component }}_cny,
        {% endfor %}
        discount_cny
    from {{ ref('stg_' ~ order_type ~ '_orders') }}
    where not is_deleted and {{ in_scope() }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

bills as (
    select
        *,
        cast(0 as decimal(18, 2))
        {% for component in components %}
        + {{ component }}_cny
        {% endfor %}
            as gross_cny
    from orders
),

-- Only these need integers wide enough for a product of two amounts.
discounted as (
    select
        order_key,
        {% for component in components %}
        {{ integer_of(component ~ '_cny', 2) }} as {{ component }}_fen,
        {% endfor %}
        {{ integer_of('gross_cny', 2) }} as total_fen,
        {{ integer_of('least(discount_cny, gross_cny)', 2) }} as spread_fen
    from bills
    where discount_cny > 0 and gross_cny > 0
),

floored as (
    select
        {% for component in components %}
        {{ exact_quotient('spread_fen * ' ~ component ~ '_fen', 'total_fen') }} as {{ component }}_floor_fen,
        {% endfor %}
        *
    from discounted
),

remainders as (
    select
        {% for component in components %}
        spread_fen * {{ component }}_fen - {{ component }}_floor_fen * total_fen as {{ component }}_remainder,
        {% endfor %}
        spread_fen
        {% for component in components %}
        - {{ component }}_floor_fen
        {% endfor %}
            as undistributed_fen,
        *
    from floored
),

-- How many components come before it: those with a larger remainder, and earlier ones with the same.
ranked as (
    select
        {% for component in components %}
        0
        {% for other in components if other != component %}
        {% set comes_before = '>=' if components.index(other) < components.index(component) else '>' %}
        + case when {{ other }}_remainder {{ comes_before }} {{ component }}_remainder then 1 else 0 end
        {% endfor %}
            as {{ component }}_preceding_count,
        {% endfor %}
        *
    from remainders
),

discounts as (
    select
        {% for component in components %}
        {{ component }}_floor_fen
        + case when {{ component }}_preceding_count < undistributed_fen then 1 else 0 end as {{ component }}_fen,
        {% endfor %}
        order_key
    from ranked
)

select
    bills.order_key,
    bills.order_type,
    cast(bills.gross_cny as decimal(18, 2)) as gross_cny,
    cast(least(bills.discount_cny, bills.gross_cny) as decimal(18, 2)) as discount_cny,
    {% for component in components %}
    cast(bills.{{ component }}_cny - coalesce({{ fen_to_cny('discounts.' ~ component ~ '_fen') }}, 0) as decimal(18, 2))
        as {{ component }}_due_cny,
    {% endfor %}
    cast(bills.gross_cny - least(bills.discount_cny, bills.gross_cny) as decimal(18, 2)) as due_cny
from bills
left join discounts
    on bills.order_key = discounts.order_key
