-- Grain: one row per business_date from the first known instant of the business to the as-of date.

with users as (
    select * from {{ ref('stg_users') }}
),

purchase_orders as (
    select * from {{ ref('stg_purchase_orders') }}
),

forwarding_orders as (
    select * from {{ ref('stg_forwarding_orders') }}
),

service_orders as (
    select * from {{ ref('stg_service_orders') }}
),

payments as (
    select * from {{ ref('stg_payments') }}
),

first_instants as (
    select min(registered_at) as first_at from users
    union all
    select min(created_at) as first_at from purchase_orders
    union all
    select min(created_at) as first_at from forwarding_orders
    union all
    select min(created_at) as first_at from service_orders
    union all
    select min(succeeded_at) as first_at from payments
),

bounds as (
    select {{ business_date('min(first_at)') }} as first_date, {{ as_of_date() }} as last_date
    from first_instants
),

dates as (
    {{ date_spine('first_date', 'last_date') }}
    from bounds
    where first_date <= last_date
)

select
    business_date,
    cast(date_trunc('week', business_date) as date) as week_start_date,
    cast(date_trunc('month', business_date) as date) as month_start_date
from dates
