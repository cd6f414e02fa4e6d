-- A bill's discount is spread to the fen: the parts sum to the discount, or to the whole bill where the discount is larger, and no
-- component is asked less than nothing. Fails with each bill that is not so.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'std_bills'}}}) }}

with bills as (
    select * from {{ ref('std_bills') }}
),

orders as (
    select order_key, discount_cny from {{ ref('stg_purchase_orders') }}
    union all
    select order_key, discount_cny from {{ ref('stg_forwarding_orders') }}
    union all
    select order_key, discount_cny from {{ ref('stg_service_orders') }}
),

totals as (
    select
        order_key,
        sum(gross_cny) as gross_cny,
        sum(discount_cny) as spread_cny,
        min(due_cny) as least_due_cny,
        sum(abs(gross_cny - discount_cny - due_cny)) + sum(abs(bill_to_cny - bill_from_cny - due_cny)) as inconsistent_cny
    from bills
    group by order_key
)

select totals.*, orders.discount_cny
from totals
left join orders
    on totals.order_key = orders.order_key
where totals.spread_cny is distinct from least(orders.discount_cny, totals.gross_cny)
    or totals.least_due_cny < 0
    or totals.inconsistent_cny <> 0
