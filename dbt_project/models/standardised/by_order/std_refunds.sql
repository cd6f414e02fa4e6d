-- Grain: one row per refund_id that is not deleted, with whether it counts, waits or is quarantined (R8).
-- unnamed_from_cny and unnamed_to_cny lay the counted refunds of a payment that name no component end to end.

with payments as (
    select * from {{ ref('std_payments') }} where {{ in_scope() }}
),

refunds as (
    select
        stg_refunds.*,
        coalesce(payments.order_key, 'payment/' || stg_refunds.payment_id) as order_key
    from {{ ref('stg_refunds') }} as stg_refunds
    left join payments
        on stg_refunds.payment_id = payments.payment_id
    where not stg_refunds.is_deleted
),

scoped as (
    select * from refunds where {{ in_scope() }}
),

components as (
    select * from {{ ref('components') }} where component <> 'unallocated'
),

judged as (
    select
        scoped.*,
        payments.user_id,
        payments.order_type,
        payments.amount_cny as payment_cny,
        coalesce(scoped.status = 'completed' and scoped.completed_at < {{ as_of() }}, false) as is_completed,
        coalesce(payments.is_counted, false) as is_payment_counted,
        coalesce(payments.uncounted_reason = 'not_succeeded', false) as is_payment_never_succeeded,
        scoped.component is not null and components.component is null as is_component_unknown
    from scoped
    left join payments
        on scoped.payment_id = payments.payment_id
    left join components
        on payments.order_type = components.order_type
            and scoped.component = components.component
),

claims as (
    select
        *,
        row_number() over (
            partition by payment_id order by component is null, completed_at, refund_id
        ) as claim_no,
        sum(amount_cny) over (partition by payment_id) as claimed_cny
    from judged
    where is_completed and is_payment_counted and not is_component_unknown
),

-- Refunds that together exceed their payment are taken one after the other: one that is above what is left is refused.
contested as (
    select
        refund_id,
        amount_cny <= {{ left_after(earlier_in_order('amount_cny', partition_by='payment_id', order_by='claim_no'), 'payment_cny') }}
            as is_accepted
    from claims
    where claimed_cny > payment_cny
),

decided as (
    select
        judged.*,
        claims.refund_id is not null and coalesce(contested.is_accepted, true) as is_counted,
        case
            when judged.is_completed and judged.is_payment_never_succeeded then 'payment_never_succeeded'
            when judged.is_completed and judged.is_payment_counted and judged.is_component_unknown then 'unknown_component'
            when not contested.is_accepted then 'exceeds_payment'
        end as quarantine_reason
    from judged
    left join claims
        on judged.refund_id = claims.refund_id
    left join contested
        on judged.refund_id = contested.refund_id
),

laid_out as (
    select
        *,
        is_counted and component is null as is_unnamed,
        sum(amount_cny) over (
            partition by payment_id, is_counted and component is null
            order by completed_at, refund_id
            rows between unbounded preceding and current row
        ) as running_cny
    from decided
)

select
    refund_id,
    payment_id,
    order_key,
    user_id,
    component,
    coalesce(reason, 'unknown') as reason,
    coalesce(destination, 'unknown') as destination,
    status,
    quarantine_reason,
    amount_cny,
    cast(case when is_unnamed then running_cny - amount_cny end as decimal(18, 2)) as unnamed_from_cny,
    cast(case when is_unnamed then running_cny end as decimal(18, 2)) as unnamed_to_cny,
    is_counted,
    is_chargeback,
    {{ business_date('completed_at') }} as refunded_date,
    completed_at
from laid_out
