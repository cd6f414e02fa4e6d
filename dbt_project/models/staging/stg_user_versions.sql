-- Grain: one row per accepted version of a user, in landing order (_landing_seq); typed and renamed only.
{{ config(scope_key=['user_id'], affected_by=[{'pending': 'users'}]) }}

with versions as (
    select * from {{ source('raw', 'users') }} where {{ in_scope() }} and {{ is_not_revoked() }}
)

select
    user_id,
    {{ open_code('country_code') }} as country_code,
    gender,
    {{ open_code('acquisition_channel') }} as acquisition_channel,
    coalesce(cast(is_deleted as boolean), false) as is_deleted,
    cast(updated_at as timestamp) as updated_at,
    _landing_seq as landing_seq
from versions
