-- Grain: one row per order_key and component: what the bill asks for it, the discount spread in whole fen (R6).
-- bill_from_cny and bill_to_cny lay the components end to end in their order; payments are filled against them.

{% set billed = {
    'purchase': ['goods', 'domestic_freight', 'service_fee'],
    'forwarding': ['freight', 'surcharge', 'insurance', 'customs', 'service'],
} %}

with purchase_orders as (
    select * from {{ ref('stg_purchase_orders') }} where not is_deleted and {{ in_scope() }}
),

forwarding_orders as (
    select * from {{ ref('stg_forwarding_orders') }} where not is_deleted and {{ in_scope() }}
),

service_orders as (
    select * from {{ ref('stg_service_orders') }} where not is_deleted and {{ in_scope() }}
),

components as (
    select * from {{ ref('components') }} where is_billed
),

bill_lines as (
    {% for order_type, names in billed.items() %}
    {% for name in names %}
    select order_key, '{{ order_type }}' as order_type, '{{ name }}' as component, {{ name }}_cny as gross_cny, discount_cny
    from {{ order_type }}_orders
    union all
    {% endfor %}
    {% endfor %}
    select order_key, 'service' as order_type, 'service' as component, fee_cny as gross_cny, discount_cny
    from service_orders
),

in_fen as (
    select
        bill_lines.order_key,
        bill_lines.order_type,
        bill_lines.component,
        components.business_type,
        components.position,
        {{ integer_of('bill_lines.gross_cny', 2) }} as gross_fen,
        {{ integer_of('bill_lines.discount_cny', 2) }} as order_discount_fen
    from bill_lines
    inner join components
        on bill_lines.order_type = components.order_type
            and bill_lines.component = components.component
),

totals as (
    select
        *,
        sum(gross_fen) over (partition by order_key) as total_fen
    from in_fen
),

floored as (
    select
        *,
        least(order_discount_fen, total_fen) as spread_fen,
        -- A bill of nothing has nothing to spread over.
        {{ exact_quotient('least(order_discount_fen, total_fen) * gross_fen', 'greatest(total_fen, 1)') }} as floor_fen
    from totals
),

remainders as (
    select
        *,
        spread_fen * gross_fen - floor_fen * total_fen as remainder,
        spread_fen - sum(floor_fen) over (partition by order_key) as undistributed_fen
    from floored
),

spread as (
    select
        *,
        floor_fen + case
            when row_number() over (partition by order_key order by remainder desc, position) <= undistributed_fen then 1
            else 0
        end as discount_fen
    from remainders
),

laid_out as (
    select
        *,
        sum(gross_fen - discount_fen) over (
            partition by order_key order by position rows between unbounded preceding and current row
        ) as bill_to_fen
    from spread
)

select
    order_key,
    component,
    order_type,
    business_type,
    cast(position as bigint) as position,
    {{ fen_to_cny('gross_fen') }} as gross_cny,
    {{ fen_to_cny('discount_fen') }} as discount_cny,
    {{ fen_to_cny('gross_fen - discount_fen') }} as due_cny,
    {{ fen_to_cny('bill_to_fen - (gross_fen - discount_fen)') }} as bill_from_cny,
    {{ fen_to_cny('bill_to_fen') }} as bill_to_cny
from laid_out
