-- Grain: one row per user_id, business_type incl. `all` and business_date with a movement: whether they paid, and the day's money.
-- Distinct people of a day, a window or a month are counted from here (R10, R17).
{{ config(affected_by=[{'changes': 'std_money_movements'}, {'changes': 'std_user_lifetimes'}]) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where {{ in_scope() }}
),

lifetimes as (
    select * from {{ ref('std_user_lifetimes') }} where {{ in_scope() }}
),

days as (
    select
        user_id,
        coalesce(business_type, 'all') as business_type,
        business_date,
        -- One value per user: attributes are today's, not the day's.
        min(country_code) as country_code,
        min(acquisition_channel) as acquisition_channel,
        min(gender) as gender,
        {{ net_revenue() }} as net_revenue_cny,
        count(case when movement_type = 'payment' then 1 end) > 0 as is_paying
    from movements
    group by grouping sets ((user_id, business_type, business_date), (user_id, business_date))
)

select
    days.user_id,
    days.business_type,
    days.business_date,
    days.country_code,
    days.acquisition_channel,
    days.gender,
    days.net_revenue_cny,
    days.is_paying,
    days.is_paying and days.business_date = lifetimes.first_paid_date as is_new,
    lifetimes_of_all.first_paid_month as cohort_month
from days
left join lifetimes
    on days.user_id = lifetimes.user_id
        and days.business_type = lifetimes.business_type
left join lifetimes as lifetimes_of_all
    on days.user_id = lifetimes_of_all.user_id
        and lifetimes_of_all.business_type = 'all'
