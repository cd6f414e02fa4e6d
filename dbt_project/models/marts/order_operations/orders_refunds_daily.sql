-- Grain: one row per business_date, business_type, component, reason, destination of completed refunds. Flow; no chargebacks, no `all` rows.
{{ config(affected_by=[{'changes': 'std_money_movements'}]) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where movement_type = 'refund' and {{ in_scope() }}
)

select
    business_date,
    business_type,
    component,
    refund_reason as reason,
    refund_destination as destination,
    count(distinct refund_id) as refund_count,
    {{ refunded() }} as refund_cny
from movements
group by business_date, business_type, component, refund_reason, refund_destination
