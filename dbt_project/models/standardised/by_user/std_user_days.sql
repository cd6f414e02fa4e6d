-- Grain: one row per user_id, business_type incl. `all` and business_date with a movement: whether they paid, the day's money,
-- and what was known of them at its end, so that a user stands in one row a day (R19).
-- Distinct people of a day, a window or a month are counted from here (R10, R17).
{{ config(
    affected_by=[
        {'changes': 'std_money_movements'},
        {'changes': 'std_user_lifetimes'},
        {'changes': 'std_user_attributes'},
        {'between_as_ofs': 'std_user_attributes', 'instant': 'valid_from'}
    ]
) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where {{ in_scope() }}
),

lifetimes as (
    select * from {{ ref('std_user_lifetimes') }} where {{ in_scope() }}
),

attributes as (
    select * from {{ ref('std_user_attributes') }} where {{ in_scope() }}
),

days as (
    select
        user_id,
        coalesce(business_type, 'all') as business_type,
        business_date,
        {{ net_revenue() }} as net_revenue_cny,
        count(case when movement_type = 'payment' then 1 end) > 0 as is_paying
    from movements
    group by grouping sets ((user_id, business_type, business_date), (user_id, business_date))
)

select
    days.user_id,
    days.business_type,
    days.business_date,
    coalesce(attributes.country_code, 'ZZ') as country_code,
    coalesce(attributes.acquisition_channel, 'unknown') as acquisition_channel,
    coalesce(attributes.gender, 'unknown') as gender,
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
left join attributes
    on days.user_id = attributes.user_id
        and {{ is_valid_at('attributes', end_of_row('days.business_date')) }}
