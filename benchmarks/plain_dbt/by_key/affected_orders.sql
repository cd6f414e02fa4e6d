-- Grain: one row per order_key of which a row landed: of the order, its lines and boxes, its payments and their refunds.
{{ config(materialized='table', schema='changes', contract={'enforced': false}, persist_docs={}) }}

-- depends_on: {{ ref('stg_purchase_orders') }}, {{ ref('stg_purchase_order_lines') }}, {{ ref('stg_forwarding_orders') }}
-- depends_on: {{ ref('stg_forwarding_boxes') }}, {{ ref('stg_service_orders') }}, {{ ref('stg_payments') }}, {{ ref('stg_refunds') }}

with touched_payments as (
    select payment_id, order_key
    from {{ ref('stg_payments') }}
    where payment_id in (
        select payment_id from {{ changes_of('stg_payments') }}
        union
        select payment_id from {{ changes_of('stg_refunds') }}
    )
)

{% for feed in ['purchase_orders', 'purchase_order_lines', 'forwarding_orders', 'forwarding_boxes', 'service_orders'] %}
select order_key from {{ changes_of('stg_' ~ feed) }}
union
{% endfor %}
select order_key from touched_payments
union
select 'payment/' || payment_id as order_key from touched_payments
