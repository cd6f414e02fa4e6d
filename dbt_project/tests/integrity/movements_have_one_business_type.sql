-- Every movement has exactly the business type that its order type and component say, and describes itself by that type only.
-- Fails with each movement that does not.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'std_money_movements'}}}) }}

with movements as (
    select * from {{ ref('std_money_movements') }}
),

components as (
    select * from {{ ref('components') }}
)

select
    movements.movement_id,
    movements.order_type,
    movements.component,
    movements.business_type,
    components.business_type as expected_business_type
from movements
left join components
    on movements.order_type = components.order_type
        and movements.component = components.component
where movements.business_type is distinct from components.business_type
    or movements.movement_type not in ('payment', 'refund', 'chargeback')
    or (movements.business_type = 'service') <> (movements.service_code is not null)
    or (movements.order_type = 'purchase') <> (movements.platform is not null)
    or (movements.order_type = 'forwarding') <> (movements.line_code is not null)
