-- Grain: one row per order_key whose money this run must allocate again; empty in a full refresh.
-- An order with all its payments and refunds is the unit of computation: whatever changed is turned into order keys here, and only here.
{{ config(materialized='table', schema='changes', contract={'enforced': false}, persist_docs={}) }}

-- depends_on: {{ ref('stg_purchase_orders') }}, {{ ref('stg_purchase_order_lines') }}, {{ ref('stg_forwarding_orders') }}
-- depends_on: {{ ref('stg_forwarding_boxes') }}, {{ ref('stg_service_orders') }}, {{ ref('stg_payments') }}, {{ ref('stg_refunds') }}
-- depends_on: {{ ref('std_users') }}, {{ ref('std_user_attributes') }}, {{ ref('std_fx_rates') }}, {{ ref('std_shipping_lines') }}

{% if flags.FULL_REFRESH %}

select cast(null as string) as order_key
where false

{% else %}

{% set order_feeds = {
    'stg_purchase_orders': ['created_at', 'purchased_at', 'stored_at', 'completed_at', 'cancelled_at'],
    'stg_forwarding_orders': ['created_at', 'packed_at', 'shipped_at', 'delivered_at', 'cancelled_at'],
    'stg_service_orders': ['created_at', 'done_at', 'cancelled_at'],
} %}

with changed_tests as (
    -- Of the user itself only being a test decides what counts; one who became or ceased to be one was or is one.
    select user_id from {{ changes_of('std_users') }} where is_test
),

changed_attributes as (
    -- What is known of a user at a moment changes from here on, and not before.
    select user_id, min(valid_from) as changed_from
    from {{ changes_of('std_user_attributes') }}
    group by user_id
),

touched_refunds as (
    select payment_id from {{ changes_of('stg_refunds') }}
    union
    select payment_id from {{ ref('stg_refunds') }} where {{ is_between_as_ofs('completed_at') }}
),

touched_payments as (
    -- Both the old and the new row of a payment: it may have moved from one order to another.
    select payment_id, order_key from {{ changes_of('stg_payments') }}
    union
    select payment_id, order_key from {{ ref('stg_payments') }} where {{ is_between_as_ofs('succeeded_at') }}
    union
    select payment_id, order_key from {{ ref('stg_payments') }} where payment_id in (select payment_id from touched_refunds)
    union
    select payment_id, order_key from {{ ref('stg_payments') }} where user_id in (select user_id from changed_tests)
    union
    select payments.payment_id, payments.order_key
    from {{ ref('stg_payments') }} as payments
    inner join changed_attributes
        on payments.user_id = changed_attributes.user_id
            and payments.succeeded_at >= changed_attributes.changed_from
    union
    select payment_id, order_key
    from {{ ref('stg_payments') }}
    where (currency_code, {{ business_date('succeeded_at') }}) in (
        select currency_code, business_date from {{ changes_of('std_fx_rates') }}
    )
),

touched_orders as (
    {% for feed in ['stg_purchase_order_lines', 'stg_forwarding_boxes'] %}
    select order_key from {{ changes_of(feed) }}
    union
    {% endfor %}
    {% for feed, instants in order_feeds.items() %}
    select order_key from {{ changes_of(feed) }}
    union
    select order_key from {{ ref(feed) }} where user_id in (select user_id from changed_tests)
    union
    -- An order is paid when one of its payments succeeds, or when it is created.
    select orders.order_key
    from {{ ref(feed) }} as orders
    inner join changed_attributes
        on orders.user_id = changed_attributes.user_id
    left join {{ ref('stg_payments') }} as payments
        on orders.order_key = payments.order_key
    where orders.created_at >= changed_attributes.changed_from
        or payments.succeeded_at >= changed_attributes.changed_from
    union
    select order_key
    from {{ ref(feed) }}
    where {% for instant in instants %}{{ is_between_as_ofs(instant) }}{{ " or " if not loop.last }}{% endfor %}

    union
    {% endfor %}
    select order_key
    from {{ ref('stg_forwarding_orders') }}
    where line_code in (select line_code from {{ changes_of('std_shipping_lines') }})
)

select order_key from touched_orders
union
select order_key from touched_payments
union
-- The unit of a payment without an order, and of a refund whose payment has not landed.
select 'payment/' || payment_id as order_key from touched_payments
union
select 'payment/' || payment_id as order_key from touched_refunds

{% endif %}
