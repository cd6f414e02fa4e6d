-- Grain: one row per movement_id: a counted payment or refund × component. The one money fact (R4).
-- amount_cny adds up over any set of rows; refunds and chargebacks are negative. User attributes are those of the payment's moment (R19).

with payments as (
    select * from {{ ref('std_payments') }} where is_counted and {{ in_scope() }}
),

refunds as (
    select * from {{ ref('std_refunds') }} where is_counted and {{ in_scope() }}
),

bills as (
    select * from {{ ref('std_bills') }} where {{ in_scope() }}
),

components as (
    select * from {{ ref('components') }}
),

orders as (
    select * from {{ ref('std_orders') }} where {{ in_scope() }}
),

purchase_orders as (
    select * from {{ ref('std_purchase_orders') }} where {{ in_scope() }}
),

forwarding_orders as (
    select * from {{ ref('std_forwarding_orders') }} where {{ in_scope() }}
),

service_orders as (
    select * from {{ ref('std_service_orders') }} where {{ in_scope() }}
),

user_attributes as (
    select * from {{ ref('std_user_attributes') }}
),

bill_totals as (
    select order_key, max(bill_to_cny) as due_cny
    from bills
    group by order_key
),

-- Payments against the bill: the overlap of two intervals, exact on both sides (R6).
billed as (
    select
        payments.payment_id,
        bills.component,
        least(payments.fill_to_cny, bills.bill_to_cny)
        - greatest(payments.fill_from_cny, bills.bill_from_cny) as amount_cny
    from payments
    inner join bills
        on payments.order_key = bills.order_key
            and payments.fill_to_cny > bills.bill_from_cny
            and payments.fill_from_cny < bills.bill_to_cny
),

beyond_bill as (
    select
        payments.payment_id,
        'supplement' as component,
        payments.fill_to_cny - greatest(payments.fill_from_cny, bill_totals.due_cny) as amount_cny
    from payments
    inner join bill_totals
        on payments.order_key = bill_totals.order_key
    where payments.fill_to_cny > bill_totals.due_cny
        and payments.amount_cny > 0
),

-- A payment of 0 counts, and its payer with it.
of_nothing as (
    select
        payments.payment_id,
        bills.component,
        payments.amount_cny
    from payments
    inner join bills
        on payments.order_key = bills.order_key
            and bills.position = 1
    where payments.amount_cny = 0
        and payments.fill_to_cny is not null
),

whole as (
    select
        payment_id,
        case when is_order_known then 'supplement' else 'unallocated' end as component,
        amount_cny
    from payments
    where fill_to_cny is null
),

payment_parts as (
    select * from billed where amount_cny > 0
    union all
    select * from beyond_bill
    union all
    select * from of_nothing
    union all
    select * from whole
),

-- Refunds that name a component take from it, whatever it holds (R8).
named_parts as (
    select
        refunds.refund_id,
        refunds.payment_id,
        case when payments.is_order_known then refunds.component else 'unallocated' end as component,
        refunds.amount_cny
    from refunds
    inner join payments
        on refunds.payment_id = payments.payment_id
    where refunds.component is not null
),

named_totals as (
    select payment_id, component, sum(amount_cny) as amount_cny
    from named_parts
    group by payment_id, component
),

-- The others take what is left of the payment, last component first.
remaining as (
    select
        payment_parts.payment_id,
        payment_parts.component,
        components.position,
        greatest(payment_parts.amount_cny - coalesce(named_totals.amount_cny, 0), 0) as left_cny
    from payment_parts
    inner join payments
        on payment_parts.payment_id = payments.payment_id
    inner join components
        on payments.order_type = components.order_type
            and payment_parts.component = components.component
    left join named_totals
        on payment_parts.payment_id = named_totals.payment_id
            and payment_parts.component = named_totals.component
),

peeled as (
    select
        payment_id,
        component,
        left_cny,
        sum(left_cny) over (
            partition by payment_id order by position desc rows between unbounded preceding and current row
        ) as left_to_cny,
        row_number() over (partition by payment_id order by position desc) as peel_no
    from remaining
),

unnamed_parts as (
    select
        refunds.refund_id,
        refunds.payment_id,
        peeled.component,
        least(refunds.unnamed_to_cny, peeled.left_to_cny)
        - greatest(refunds.unnamed_from_cny, peeled.left_to_cny - peeled.left_cny) as amount_cny
    from refunds
    inner join peeled
        on refunds.payment_id = peeled.payment_id
    where refunds.component is null
        and (
            (
                refunds.amount_cny > 0
                and refunds.unnamed_to_cny > peeled.left_to_cny - peeled.left_cny
                and refunds.unnamed_from_cny < peeled.left_to_cny
            )
            or (refunds.amount_cny = 0 and peeled.peel_no = 1)
        )
),

refund_parts as (
    select * from named_parts
    union all
    -- A refund of 0 takes 0 from the last component, and is one row like any other.
    select refund_id, payment_id, component, greatest(amount_cny, 0) as amount_cny
    from unnamed_parts
    where amount_cny > 0 or refund_id in (select refund_id from refunds where amount_cny = 0)
),

movements as (
    select
        'payment/' || payments.payment_id || '/' || payment_parts.component as movement_id,
        'payment' as movement_type,
        payments.payment_id,
        cast(null as string) as refund_id,
        payment_parts.component,
        cast(null as string) as refund_reason,
        cast(null as string) as refund_destination,
        payment_parts.amount_cny,
        payments.succeeded_at as occurred_at
    from payment_parts
    inner join payments
        on payment_parts.payment_id = payments.payment_id
    union all
    select
        'refund/' || refunds.refund_id || '/' || refund_parts.component as movement_id,
        case when refunds.is_chargeback then 'chargeback' else 'refund' end as movement_type,
        refunds.payment_id,
        refunds.refund_id,
        refund_parts.component,
        refunds.reason as refund_reason,
        refunds.destination as refund_destination,
        -refund_parts.amount_cny as amount_cny,
        refunds.completed_at as occurred_at
    from refund_parts
    inner join refunds
        on refund_parts.refund_id = refunds.refund_id
),

described as (
    select
        movements.*,
        payments.order_key,
        payments.order_id,
        payments.order_type,
        payments.user_id,
        payments.is_order_known,
        payments.is_booked_at_rate and coalesce(payments.is_rate_provisional, false) as is_rate_provisional,
        payments.is_booked_at_rate and coalesce(payments.is_rate_stale, false) as is_rate_stale,
        components.business_type,
        components.position,
        orders.paid_date as order_paid_date,
        case when payments.order_type = 'purchase' then coalesce(purchase_orders.platform, 'unknown') end as platform,
        case when payments.order_type = 'forwarding' then coalesce(forwarding_orders.warehouse_code, 'unknown') end
            as warehouse_code,
        case when payments.order_type = 'forwarding' then coalesce(forwarding_orders.line_code, 'unknown') end as line_code,
        case when payments.order_type = 'forwarding' then coalesce(forwarding_orders.channel, 'unknown') end as channel,
        case when payments.order_type = 'forwarding' then coalesce(forwarding_orders.destination_country, 'ZZ') end
            as destination_country,
        case
            when components.business_type <> 'service' then null
            when payments.order_type = 'forwarding' then 'parcel_bundle'
            else coalesce(service_orders.service_code, 'unknown')
        end as service_code,
        coalesce(user_attributes.country_code, 'ZZ') as country_code,
        coalesce(user_attributes.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(user_attributes.gender, 'unknown') as gender
    from movements
    inner join payments
        on movements.payment_id = payments.payment_id
    inner join components
        on payments.order_type = components.order_type
            and movements.component = components.component
    left join orders
        on payments.order_key = orders.order_key
    left join purchase_orders
        on payments.order_key = purchase_orders.order_key
    left join forwarding_orders
        on payments.order_key = forwarding_orders.order_key
    left join service_orders
        on payments.order_key = service_orders.order_key
    left join user_attributes
        on payments.user_id = user_attributes.user_id
            and {{ is_valid_at('user_attributes', 'payments.succeeded_at') }}
)

select
    movement_id,
    movement_type,
    payment_id,
    refund_id,
    order_key,
    order_id,
    order_type,
    user_id,
    business_type,
    component,
    platform,
    warehouse_code,
    line_code,
    channel,
    destination_country,
    service_code,
    country_code,
    acquisition_channel,
    gender,
    refund_reason,
    refund_destination,
    cast(amount_cny as decimal(18, 2)) as amount_cny,
    is_order_known,
    is_rate_provisional,
    is_rate_stale,
    order_paid_date,
    {{ business_date('occurred_at') }} as business_date,
    occurred_at
from described
