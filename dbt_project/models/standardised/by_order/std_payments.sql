-- Grain: one row per payment_id ever landed, with whether and why it counts (R5) and its CNY amount (R13).
-- fill_from_cny and fill_to_cny lay an order's counted `order` payments end to end in their order (R6).

with payments as (
    select * from {{ ref('stg_payments') }} where {{ in_scope() }}
),

users as (
    select * from {{ ref('std_users') }}
),

rates as (
    select * from {{ ref('std_fx_rates') }}
),

orders as (
    select order_key, user_id, is_test, is_deleted from {{ ref('stg_purchase_orders') }} where {{ in_scope() }}
    union all
    select order_key, user_id, is_test, is_deleted from {{ ref('stg_forwarding_orders') }} where {{ in_scope() }}
    union all
    select order_key, user_id, is_test, is_deleted from {{ ref('stg_service_orders') }} where {{ in_scope() }}
),

landed_orders as (
    select
        orders.order_key,
        orders.is_test or coalesce(users.is_test, false) as is_of_test,
        not orders.is_deleted as is_known
    from orders
    left join users
        on orders.user_id = users.user_id
),

dated as (
    select
        *,
        {{ business_date('succeeded_at') }} as paid_date
    from payments
),

valued as (
    select
        dated.*,
        rates.rate_cny,
        rates.rate_date,
        rates.rate_source,
        rates.rate_age_days,
        rates.is_provisional as is_rate_provisional,
        rates.is_stale as is_rate_stale,
        rates.is_fallback as is_rate_fallback,
        dated.amount_cny is null and dated.currency_code <> 'CNY' as is_booked_at_rate,
        coalesce(dated.amount_cny, {{ foreign_to_cny('dated.amount', 'rates.rate_cny') }}) as revenue_cny,
        dated.is_test or coalesce(users.is_test, false) or coalesce(landed_orders.is_of_test, false) as is_of_test,
        coalesce(landed_orders.is_known, false) as is_order_known
    from dated
    left join rates
        on dated.currency_code = rates.currency_code
            and dated.paid_date = rates.business_date
    left join users
        on dated.user_id = users.user_id
    left join landed_orders
        on dated.order_key = landed_orders.order_key
),

judged as (
    select
        *,
        case
            when is_deleted then 'deleted'
            when purpose = 'topup' then 'topup'
            when is_of_test then 'test'
            when status <> 'succeeded' or succeeded_at is null then 'not_succeeded'
            when succeeded_at >= {{ as_of() }} then 'not_yet_succeeded'
            when revenue_cny is null then 'no_rate'
        end as uncounted_reason
    from valued
),

filled as (
    select
        *,
        sum(revenue_cny) over (
            partition by order_key, uncounted_reason is null and purpose = 'order' and is_order_known
            order by succeeded_at, payment_id
            rows between unbounded preceding and current row
        ) as running_cny
    from judged
)

select
    payment_id,
    order_key,
    provider_txn_id,
    user_id,
    order_id,
    order_type,
    purpose,
    method,
    currency_code,
    status,
    rate_source,
    uncounted_reason,
    amount,
    cast(revenue_cny as decimal(18, 2)) as amount_cny,
    fee_amount,
    bonus_cny,
    rate_cny,
    rate_age_days,
    cast(
        case when uncounted_reason is null and purpose = 'order' and is_order_known then running_cny - revenue_cny end
        as decimal(18, 2)
    ) as fill_from_cny,
    cast(
        case when uncounted_reason is null and purpose = 'order' and is_order_known then running_cny end
        as decimal(18, 2)
    ) as fill_to_cny,
    uncounted_reason is null as is_counted,
    is_deleted,
    is_of_test as is_test,
    is_order_known,
    is_booked_at_rate,
    is_rate_provisional,
    is_rate_stale,
    is_rate_fallback,
    {{ business_date('initiated_at') }} as initiated_date,
    paid_date,
    rate_date,
    initiated_at,
    succeeded_at
from filled
