-- Grain: one row per registered_date and acquisition_channel: how many of the users registered have paid, and how soon. Cohort.
{{ config(
    scope_key=['registered_date'],
    affected_by=[
        {'changes': 'std_users'},
        {'changes': 'std_user_lifetimes'},
        {'matured_after_days': 30}
    ]
) }}

-- depends_on: {{ ref('std_calendar') }}

with users as (
    select * from {{ ref('std_users') }} where is_counted and {{ in_scope() }}
),

lifetimes as (
    select * from {{ ref('std_user_lifetimes') }} where business_type = 'all'
),

counts as (
    select
        users.registered_date,
        users.registered_acquisition_channel as acquisition_channel,
        count(*) as registered_user_count,
        count(case when {{ is_within_hours('users.registered_at', 'lifetimes.first_paid_at', 7 * 24) }} then 1 end) as paid_7d_count,
        count(case when {{ is_within_hours('users.registered_at', 'lifetimes.first_paid_at', 30 * 24) }} then 1 end) as paid_30d_count
    from users
    left join lifetimes
        on users.user_id = lifetimes.user_id
    group by users.registered_date, users.registered_acquisition_channel
)

select
    registered_date,
    acquisition_channel,
    registered_user_count,
    paid_7d_count,
    paid_30d_count,
    {{ ratio('paid_30d_count', 'registered_user_count') }} as paid_30d_ratio,
    {{ matures_at('registered_date', 30) }} <= {{ as_of() }} as is_mature
from counts
