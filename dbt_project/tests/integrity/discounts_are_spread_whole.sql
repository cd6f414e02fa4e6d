-- A bill's discount is spread to the fen: what the components are asked sums to what the bill asks, the discount is the order's, or the
-- whole bill where that is smaller, and no component is asked less than nothing. Fails with each bill that is not so.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'std_bills'}}}) }}

{% set components = billed_components() %}

with bills as (
    select * from {{ ref('std_bills') }}
),

orders as (
    select order_key, discount_cny from {{ ref('stg_purchase_orders') }}
    union all
    select order_key, discount_cny from {{ ref('stg_forwarding_orders') }}
    union all
    select order_key, discount_cny from {{ ref('stg_service_orders') }}
)

select bills.*, orders.discount_cny as order_discount_cny
from bills
left join orders
    on bills.order_key = orders.order_key
where bills.discount_cny is distinct from least(orders.discount_cny, bills.gross_cny)
    or bills.due_cny <> bills.gross_cny - bills.discount_cny
    or bills.due_cny
    {% for component in components %}
    - bills.{{ component }}_due_cny
    {% endfor %}
    <> 0
    {% for component in components %}
    or bills.{{ component }}_due_cny < 0
    {% endfor %}
