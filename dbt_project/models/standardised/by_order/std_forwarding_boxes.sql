-- Grain: one row per box of a parcel order (order_key, box_no), with its chargeable weight by the line version
-- that was valid when the order was created.

with boxes as (
    select * from {{ ref('stg_forwarding_boxes') }} where not is_deleted and {{ in_scope() }}
),

orders as (
    select * from {{ ref('stg_forwarding_orders') }} where not is_deleted and {{ in_scope() }}
),

lines as (
    select * from {{ ref('std_shipping_lines') }}
),

measured as (
    select
        boxes.*,
        -- Without a divisor or dimensions the actual weight is charged: a divisor of 1 and no volume say just that.
        coalesce({{ integer_of('lines.volumetric_divisor', 4) }}, {{ integer_of('1', 4) }}) as divisor_e4,
        case
            when lines.volumetric_divisor > 0
                then coalesce(
                        {{ integer_of('boxes.length_mm', 0) }} * {{ integer_of('boxes.width_mm', 0) }}
                        * {{ integer_of('boxes.height_mm', 0) }} * {{ power_of_ten(4) }},
                        0
                    )
            else 0
        end as volume_e4,
        greatest(coalesce(lines.step_weight_g, 1), 1) as step_g
    from boxes
    left join orders
        on boxes.order_key = orders.order_key
    left join lines
        on orders.line_code = lines.line_code
            and {{ business_date('orders.created_at') }} >= lines.valid_from
            and {{ business_date('orders.created_at') }} < {{ or_never('lines.valid_to') }}
),

weighed as (
    select
        *,
        greatest(divisor_e4, 1) as safe_divisor_e4,
        -- mm³ ÷ divisor is grams: 1,000 mm³ to the cm³ and 1,000 g to the kg cancel out.
        greatest({{ integer_of('actual_weight_g', 0) }} * greatest(divisor_e4, 1), volume_e4) as weight_times_divisor
    from measured
)

select
    order_key,
    box_no,
    order_id,
    tracking_number,
    actual_weight_g,
    cast(
        {{ exact_quotient('weight_times_divisor + safe_divisor_e4 * step_g - 1', 'safe_divisor_e4 * step_g') }} * step_g
        as bigint
    ) as chargeable_weight_g,
    carrier_cost_cny
from weighed
