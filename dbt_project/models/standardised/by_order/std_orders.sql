-- Grain: one row per order_key: an order of any type, with when it was paid (R7). Deleted orders are no orders.
-- Counts and times only: money is in std_money_movements (R4).

with orders as (
    {% for order_type in ['purchase', 'forwarding', 'service'] %}
    select
        order_key,
        order_id,
        '{{ order_type }}' as business_type,
        user_id,
        status,
        is_test,
        created_at,
        cancelled_at
    from {{ ref('stg_' ~ order_type ~ '_orders') }}
    where not is_deleted and {{ in_scope() }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

users as (
    select * from {{ ref('std_users') }}
),

bills as (
    select * from {{ ref('std_bills') }} where {{ in_scope() }}
),

payments as (
    select * from {{ ref('std_payments') }} where fill_to_cny is not null and {{ in_scope() }}
),

reached as (
    select payments.order_key, min(payments.succeeded_at) as reached_at
    from payments
    inner join bills
        on payments.order_key = bills.order_key
    where payments.fill_to_cny >= bills.due_cny
    group by payments.order_key
),

judged as (
    select
        orders.*,
        not orders.is_test and not coalesce(users.is_test, false) as is_counted,
        orders.status = 'cancelled' and coalesce(orders.cancelled_at < {{ as_of() }}, true) as is_cancelled,
        bills.due_cny,
        reached.reached_at
    from orders
    left join users
        on orders.user_id = users.user_id
    left join bills
        on orders.order_key = bills.order_key
    left join reached
        on orders.order_key = reached.order_key
),

paid as (
    select
        *,
        case
            when not is_counted then null
            when due_cny > 0 then reached_at
            when not is_cancelled and created_at < {{ as_of() }} then created_at
        end as paid_at
    from judged
)

select
    order_key,
    order_id,
    business_type,
    user_id,
    status,
    is_counted,
    is_counted and created_at < {{ as_of() }} as is_created,
    is_cancelled,
    {{ business_date('created_at') }} as created_date,
    {{ business_date('paid_at') }} as paid_date,
    created_at,
    paid_at,
    case when cancelled_at < {{ as_of() }} then cancelled_at end as cancelled_at
from paid
