-- Grain: one row per user_id ever landed, with today's attributes for all history (R19).
{{ config(affected_by=[{'changes': 'stg_users'}, {'between_as_ofs': 'stg_users', 'instant': 'registered_at'}]) }}

with users as (
    select * from {{ ref('stg_users') }} where {{ in_scope() }}
),

described as (
    select
        user_id,
        -- A deleted user's attributes are unknown; its being a test is not forgotten (DECISIONS.md).
        case when is_deleted then 'ZZ' else coalesce(country_code, 'ZZ') end as country_code,
        case
            when not is_deleted and gender in ('female', 'male') then gender
            else 'unknown'
        end as gender,
        case when is_deleted then 'unknown' else coalesce(acquisition_channel, 'unknown') end as acquisition_channel,
        case when is_deleted then 'unknown' else coalesce(preferred_currency, 'unknown') end as preferred_currency,
        is_test,
        is_deleted,
        not is_test and not is_deleted and registered_at < {{ as_of() }} as is_counted,
        registered_at
    from users
)

select
    user_id,
    country_code,
    gender,
    acquisition_channel,
    preferred_currency,
    is_test,
    is_deleted,
    is_counted,
    {{ business_date('registered_at') }} as registered_date,
    registered_at
from described
