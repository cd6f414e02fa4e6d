-- The movements of a counted payment sum to its amount_cny, those of a counted refund to its amount, and no payment is refunded
-- beyond what was paid. Fails with each payment or refund that does not.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'std_money_movements'}}}) }}

with movements as (
    select * from {{ ref('std_money_movements') }}
),

payments as (
    select * from {{ ref('std_payments') }} where is_counted
),

refunds as (
    select * from {{ ref('std_refunds') }} where is_counted
),

moved_by_payment as (
    select payment_id, sum(amount_cny) as left_cny, sum(case when movement_type = 'payment' then amount_cny end) as moved_cny
    from movements
    group by payment_id
),

moved_by_refund as (
    select refund_id, -1 * sum(amount_cny) as moved_cny
    from movements
    where refund_id is not null
    group by refund_id
)

select
    'payment' as what,
    coalesce(payments.payment_id, moved_by_payment.payment_id) as id,
    payments.amount_cny,
    moved_by_payment.moved_cny,
    moved_by_payment.left_cny
from payments
full outer join moved_by_payment
    on payments.payment_id = moved_by_payment.payment_id
where payments.amount_cny is distinct from moved_by_payment.moved_cny
    or moved_by_payment.left_cny < 0
union all
select
    'refund' as what,
    coalesce(refunds.refund_id, moved_by_refund.refund_id) as id,
    refunds.amount_cny,
    moved_by_refund.moved_cny,
    cast(null as decimal(18, 2)) as left_cny
from refunds
full outer join moved_by_refund
    on refunds.refund_id = moved_by_refund.refund_id
where refunds.amount_cny is distinct from moved_by_refund.moved_cny
