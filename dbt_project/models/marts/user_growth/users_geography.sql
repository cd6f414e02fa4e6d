-- Grain: one row per country_code of a payer: the latest known, else the destination of the last paid parcel, else ZZ (R19).
-- Over all time and over the last 30 business dates; the window moves with every date, so it is computed whole from user days.
{{ config(materialized='table') }}

with user_days as (
    select * from {{ ref('std_user_days') }} where business_type = 'all'
),

users as (
    select * from {{ ref('std_users') }}
),

parcels as (
    select * from {{ ref('std_paid_orders') }} where business_type = 'forwarding'
),

last_parcels as (
    select user_id, destination_country
    from (
        select
            user_id,
            destination_country,
            row_number() over (partition by user_id order by paid_at desc, order_id desc) as parcel_rank
        from parcels
    ) as ranked
    where parcel_rank = 1
),

located as (
    select
        user_days.*,
        case
            when users.country_code <> 'ZZ' then users.country_code
            else coalesce(last_parcels.destination_country, 'ZZ')
        end as located_country_code,
        user_days.business_date > {{ add_days(as_of_date(), -30) }} and user_days.business_date <= {{ as_of_date() }} as is_recent
    from user_days
    left join users
        on user_days.user_id = users.user_id
    left join last_parcels
        on user_days.user_id = last_parcels.user_id
),

by_country as (
    select
        located_country_code as country_code,
        count(distinct case when is_paying then user_id end) as paying_user_count,
        {{ sum_cny('net_revenue_cny') }} as net_revenue_cny,
        count(distinct case when is_paying and is_recent then user_id end) as paying_user_count_30d,
        {{ sum_cny('case when is_recent then net_revenue_cny else 0 end') }} as net_revenue_cny_30d
    from located
    group by located_country_code
)

select
    country_code,
    paying_user_count,
    net_revenue_cny,
    cast(row_number() over (order by paying_user_count desc, country_code) as bigint) as paying_user_rank,
    cast(row_number() over (order by net_revenue_cny desc, country_code) as bigint) as net_revenue_rank,
    paying_user_count_30d,
    net_revenue_cny_30d,
    cast(row_number() over (order by paying_user_count_30d desc, country_code) as bigint) as paying_user_rank_30d,
    cast(row_number() over (order by net_revenue_cny_30d desc, country_code) as bigint) as net_revenue_rank_30d
from by_country
