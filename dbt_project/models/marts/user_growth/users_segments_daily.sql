-- Grain: one row per business_date, country_code, acquisition_channel, gender with a registration, a payer or money. Flow.
{{ config(
    materialized='incremental',
    incremental_strategy='affected',
    scope_key=['business_date'],
    affected_by=[
        {'changes': 'std_user_days', 'columns': ['business_date']},
        {'changes': 'std_users', 'columns': ['registered_date']}
    ]
) }}

with user_days as (
    select * from {{ ref('std_user_days') }} where business_type = 'all' and {{ in_scope() }}
),

users as (
    select * from {{ ref('std_users') }} where is_counted and {{ in_scope(['registered_date']) }}
),

stacked as (
    select
        business_date,
        country_code,
        acquisition_channel,
        gender,
        0 as registered_user_count,
        case when is_paying then 1 else 0 end as paying_user_count,
        case when is_new then 1 else 0 end as new_user_count,
        net_revenue_cny
    from user_days
    union all
    select
        registered_date as business_date,
        country_code,
        acquisition_channel,
        gender,
        1 as registered_user_count,
        0 as paying_user_count,
        0 as new_user_count,
        0 as net_revenue_cny
    from users
)

select
    business_date,
    country_code,
    acquisition_channel,
    gender,
    cast(sum(registered_user_count) as bigint) as registered_user_count,
    cast(sum(paying_user_count) as bigint) as paying_user_count,
    cast(sum(new_user_count) as bigint) as new_user_count,
    cast(sum(net_revenue_cny) as decimal(18, 2)) as net_revenue_cny
from stacked
group by business_date, country_code, acquisition_channel, gender
