-- Grain: one row per movement_id: a counted payment or refund × component. The one money fact (R4).
-- amount_cny adds up over any set of rows; refunds and chargebacks are negative. User attributes are those of the payment's moment (R19).

{% set billed = billed_components() %}
{% set none_text = 'cast(null as string)' %}

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

-- The bill laid end to end: a component begins where the one before it ends.
laid_out as (
    select
        order_key,
        {% for component in billed %}
        cast(0 as decimal(18, 2))
        {% for earlier in billed[:loop.index] %}
        + {{ earlier }}_due_cny
        {% endfor %}
            as {{ component }}_to_cny,
        {% endfor %}
        due_cny
    from bills
),

-- Payments against the bill: the overlap of two intervals, exact on both sides (R6). Beyond the bill is supplement.
filled as (
    select
        payments.payment_id,
        payments.order_type,
        {% for component in billed %}
        {% set bill_from = to_cny('0') if loop.first else 'laid_out.' ~ billed[loop.index0 - 1] ~ '_to_cny' %}
        least(payments.fill_to_cny, laid_out.{{ component }}_to_cny)
        - greatest(payments.fill_from_cny, {{ bill_from }}) as {{ component }}_cny,
        {% endfor %}
        payments.fill_to_cny - greatest(payments.fill_from_cny, laid_out.due_cny) as supplement_cny
    from payments
    inner join laid_out
        on payments.order_key = laid_out.order_key
    where payments.fill_to_cny is not null
),

by_component as (
    select
        filled.payment_id,
        components.component,
        case components.component
            {% for component in billed %}
            when '{{ component }}' then filled.{{ component }}_cny
            {% endfor %}
            when 'supplement' then filled.supplement_cny
        end as amount_cny
    from filled
    inner join components
        on filled.order_type = components.order_type
),

payment_parts as (
    select payment_id, component, amount_cny from by_component where amount_cny > 0
    union all
    -- A payment of 0 counts, and its payer with it.
    select
        payments.payment_id,
        components.component,
        payments.amount_cny
    from payments
    inner join components
        on payments.order_type = components.order_type
            and components.position = 1
    where payments.amount_cny = 0
        and payments.fill_to_cny is not null
    union all
    select
        payment_id,
        case when is_order_known then 'supplement' else 'unallocated' end as component,
        amount_cny
    from payments
    where fill_to_cny is null
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
        greatest(payment_parts.amount_cny - coalesce(named_totals.amount_cny, 0), {{ to_cny('0') }}) as left_cny
    from payment_parts
    inner join payments
        on payment_parts.payment_id = payments.payment_id
    inner join components
        on payments.order_type = components.order_type
            and payment_parts.component = components.component
    left join named_totals
        on payment_parts.payment_id = named_totals.payment_id
            and payment_parts.component = named_totals.component
    where payment_parts.payment_id in (select payment_id from refunds where component is null)
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
    select refund_id, payment_id, component, greatest({{ to_cny('amount_cny') }}, {{ to_cny('0') }}) as amount_cny
    from unnamed_parts
    where amount_cny > 0 or refund_id in (select refund_id from refunds where amount_cny = 0)
),

parts as (
    select
        payment_id,
        'payment/' || payment_id || '/' || component as movement_id,
        'payment' as movement_type,
        component,
        amount_cny,
        cast(null as string) as refund_id,
        cast(null as string) as refund_reason,
        cast(null as string) as refund_destination,
        cast(null as timestamp) as completed_at
    from payment_parts
    union all
    select
        refunds.payment_id,
        'refund/' || refunds.refund_id || '/' || refund_parts.component as movement_id,
        case when refunds.is_chargeback then 'chargeback' else 'refund' end as movement_type,
        refund_parts.component,
        -1 * refund_parts.amount_cny as amount_cny,
        refunds.refund_id,
        refunds.reason as refund_reason,
        refunds.destination as refund_destination,
        refunds.completed_at
    from refund_parts
    inner join refunds
        on refund_parts.refund_id = refunds.refund_id
),

orders as (
    {% for order_type in ['purchase', 'forwarding', 'service'] %}
    select
        order_key,
        paid_date,
        {{ 'platform' if order_type == 'purchase' else none_text }} as platform,
        {{ 'warehouse_code' if order_type == 'forwarding' else none_text }} as warehouse_code,
        {{ 'line_code' if order_type == 'forwarding' else none_text }} as line_code,
        {{ 'channel' if order_type == 'forwarding' else none_text }} as channel,
        {{ 'destination_country' if order_type == 'forwarding' else none_text }} as destination_country,
        {{ 'service_code' if order_type == 'service' else none_text }} as service_code
    from {{ order_type }}_orders
    {{ "union all" if not loop.last }}
    {% endfor %}
),

-- A payment with its order and its payer: what all its movements have in common.
paid as (
    select
        payments.payment_id,
        payments.order_key,
        payments.order_id,
        payments.order_type,
        payments.user_id,
        payments.is_order_known,
        payments.is_booked_at_rate and coalesce(payments.is_rate_provisional, false) as is_rate_provisional,
        payments.is_booked_at_rate and coalesce(payments.is_rate_stale, false) as is_rate_stale,
        orders.paid_date as order_paid_date,
        case when payments.order_type = 'purchase' then coalesce(orders.platform, 'unknown') end as platform,
        case when payments.order_type = 'forwarding' then coalesce(orders.warehouse_code, 'unknown') end as warehouse_code,
        case when payments.order_type = 'forwarding' then coalesce(orders.line_code, 'unknown') end as line_code,
        case when payments.order_type = 'forwarding' then coalesce(orders.channel, 'unknown') end as channel,
        case when payments.order_type = 'forwarding' then coalesce(orders.destination_country, 'ZZ') end as destination_country,
        case
            when payments.order_type = 'forwarding' then 'parcel_bundle'
            when payments.order_type = 'service' then coalesce(orders.service_code, 'unknown')
        end as service_code,
        coalesce(user_attributes.country_code, 'ZZ') as country_code,
        coalesce(user_attributes.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(user_attributes.gender, 'unknown') as gender,
        payments.succeeded_at
    from payments
    left join orders
        on payments.order_key = orders.order_key
    left join user_attributes
        on payments.user_id = user_attributes.user_id
            and {{ is_valid_at('user_attributes', 'payments.succeeded_at') }}
)

select
    parts.movement_id,
    parts.movement_type,
    parts.payment_id,
    parts.refund_id,
    paid.order_key,
    paid.order_id,
    paid.order_type,
    paid.user_id,
    components.business_type,
    parts.component,
    paid.platform,
    paid.warehouse_code,
    paid.line_code,
    paid.channel,
    paid.destination_country,
    case when components.business_type = 'service' then paid.service_code end as service_code,
    paid.country_code,
    paid.acquisition_channel,
    paid.gender,
    parts.refund_reason,
    parts.refund_destination,
    cast(parts.amount_cny as decimal(18, 2)) as amount_cny,
    paid.is_order_known,
    paid.is_rate_provisional,
    paid.is_rate_stale,
    paid.order_paid_date,
    {{ business_date('coalesce(parts.completed_at, paid.succeeded_at)') }} as business_date,
    coalesce(parts.completed_at, paid.succeeded_at) as occurred_at
from parts
inner join paid
    on parts.payment_id = paid.payment_id
inner join components
    on paid.order_type = components.order_type
        and parts.component = components.component
