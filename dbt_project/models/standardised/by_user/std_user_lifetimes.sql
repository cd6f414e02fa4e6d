-- Grain: one row per payer (user_id) and business_type incl. `all`: when they first paid in their whole history (R17).
{{ config(affected_by=[{'changes': 'std_money_movements'}, {'changes': 'std_users'}]) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where movement_type = 'payment' and {{ in_scope() }}
),

users as (
    select * from {{ ref('std_users') }} where is_counted and {{ in_scope() }}
),

firsts as (
    select user_id, coalesce(business_type, 'all') as business_type, min(occurred_at) as first_paid_at
    from movements
    group by grouping sets ((user_id, business_type), (user_id))
),

dated as (
    select *, {{ business_date('first_paid_at') }} as first_paid_date
    from firsts
)

select
    dated.user_id,
    dated.business_type,
    users.registered_date,
    dated.first_paid_date,
    cast(date_trunc('month', dated.first_paid_date) as date) as first_paid_month,
    users.registered_at,
    dated.first_paid_at
from dated
left join users
    on dated.user_id = users.user_id
