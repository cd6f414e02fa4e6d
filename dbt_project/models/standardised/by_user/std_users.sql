-- Grain: one row per user_id ever landed, with what is known of them last (R19),
-- and what was known at the end of the date on which they registered.
{{ config(
    affected_by=[
        {'changes': 'stg_users'},
        {'changes': 'std_user_attributes'},
        {'between_as_ofs': 'stg_users', 'instant': 'registered_at'},
        {'between_as_ofs': 'std_user_attributes', 'instant': 'valid_from'}
    ]
) }}

with users as (
    select * from {{ ref('stg_users') }} where {{ in_scope() }}
),

attributes as (
    select * from {{ ref('std_user_attributes') }} where {{ in_scope() }}
),

described as (
    select
        user_id,
        case when is_deleted then 'unknown' else coalesce(preferred_currency, 'unknown') end as preferred_currency,
        -- A deleted user's being a test is not forgotten (DECISIONS.md).
        is_test,
        is_deleted,
        not is_test and not is_deleted and registered_at < {{ as_of() }} as is_counted,
        {{ business_date('registered_at') }} as registered_date,
        registered_at
    from users
)

select
    described.user_id,
    coalesce(latest.country_code, 'ZZ') as country_code,
    coalesce(latest.gender, 'unknown') as gender,
    coalesce(latest.acquisition_channel, 'unknown') as acquisition_channel,
    coalesce(at_registration.country_code, 'ZZ') as registered_country_code,
    coalesce(at_registration.gender, 'unknown') as registered_gender,
    coalesce(at_registration.acquisition_channel, 'unknown') as registered_acquisition_channel,
    described.preferred_currency,
    described.is_test,
    described.is_deleted,
    described.is_counted,
    described.registered_date,
    described.registered_at
from described
left join attributes as latest
    on described.user_id = latest.user_id
        and latest.valid_to is null
left join attributes as at_registration
    on described.user_id = at_registration.user_id
        and {{ is_valid_at('at_registration', end_of_row('described.registered_date')) }}
