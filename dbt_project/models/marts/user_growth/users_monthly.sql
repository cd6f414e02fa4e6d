-- Grain: one row per month, business_type incl. `all`, country_code, acquisition_channel and gender with money or a paid order. Flow.
-- People and orders are distinct over the month; a user stands in one row a month, by what was known at its end (R10, R19).
{{ config(scope_key=['month'], affected_by=[{'changes': 'std_user_months'}, {'changes': 'std_complete_dates'}]) }}

with user_months as (
    select * from {{ ref('std_user_months') }} where {{ in_scope() }}
),

complete_dates as (
    select * from {{ ref('std_complete_dates') }} where {{ in_scope() }}
),

-- A month is complete when its last date so far is.
completeness as (
    select month, business_type, is_complete
    from (
        select
            month,
            business_type,
            is_complete,
            row_number() over (partition by month, business_type order by business_date desc) as date_no_from_end
        from complete_dates
    ) as numbered
    where date_no_from_end = 1
),

counted as (
    select
        month,
        business_type,
        country_code,
        acquisition_channel,
        gender,
        count(case when is_paying then 1 end) as paying_user_count,
        count(case when is_new then 1 end) as new_user_count,
        {{ sum_count('paid_order_count') }} as paid_order_count,
        {{ sum_cny('gross_paid_cny') }} as gross_paid_cny,
        {{ sum_cny('net_revenue_cny') }} as net_revenue_cny
    from user_months
    group by month, business_type, country_code, acquisition_channel, gender
)

select
    month,
    business_type,
    country_code,
    acquisition_channel,
    gender,
    paying_user_count,
    new_user_count,
    paying_user_count - new_user_count as returning_user_count,
    paid_order_count,
    gross_paid_cny,
    net_revenue_cny,
    coalesce(completeness.is_complete, false) as is_complete
from counted
left join completeness using (month, business_type)
