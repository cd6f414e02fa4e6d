-- Grain: one row per user_id: its current version (R16), deleted ones marked is_deleted.
{{ config(scope_key=['user_id'], affected_by=[{'pending': 'users'}]) }}

with latest as (
    {{ latest_versions('users', ['user_id']) }}
)

select
    user_id,
    {{ open_code('country_code') }} as country_code,
    gender,
    {{ open_code('acquisition_channel') }} as acquisition_channel,
    {{ open_code('preferred_currency') }} as preferred_currency,
    {{ masked_columns(['country_code', 'acquisition_channel', 'preferred_currency']) }} as masked_columns,
    coalesce(cast(is_test as boolean), false) as is_test,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(registered_at as timestamp) as registered_at,
    cast(updated_at as timestamp) as _updated_at,
    _landing_seq
from latest
