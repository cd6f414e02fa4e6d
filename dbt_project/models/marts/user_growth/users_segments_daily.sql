-- Grain: one row per business_date, country_code, acquisition_channel, gender with a registration, a payer or money. Flow.
-- A user stands in one row a date: with what was known of them at its end (R19).
{{ config(affected_by=[{'changes': 'std_user_days'}, {'changes': 'std_users', 'columns': ['registered_date']}]) }}

with user_days as (
    select * from {{ ref('std_user_days') }} where business_type = 'all' and {{ in_scope() }}
),

users as (
    select * from {{ ref('std_users') }} where is_counted and {{ in_scope(['registered_date']) }}
),

active as (
    select
        business_date,
        country_code,
        acquisition_channel,
        gender,
        count(case when is_paying then 1 end) as paying_user_count,
        count(case when is_new then 1 end) as new_user_count,
        {{ sum_cny('net_revenue_cny') }} as net_revenue_cny
    from user_days
    group by business_date, country_code, acquisition_channel, gender
),

registered as (
    select
        registered_date as business_date,
        registered_country_code as country_code,
        registered_acquisition_channel as acquisition_channel,
        registered_gender as gender,
        count(*) as registered_user_count
    from users
    group by registered_date, registered_country_code, registered_acquisition_channel, registered_gender
)

select
    business_date,
    country_code,
    acquisition_channel,
    gender,
    coalesce(registered.registered_user_count, 0) as registered_user_count,
    coalesce(active.paying_user_count, 0) as paying_user_count,
    coalesce(active.new_user_count, 0) as new_user_count,
    coalesce(active.net_revenue_cny, 0) as net_revenue_cny
from active
full outer join registered using (business_date, country_code, acquisition_channel, gender)
