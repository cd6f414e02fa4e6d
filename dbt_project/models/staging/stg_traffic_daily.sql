-- Grain: one row per traffic_date, acquisition_channel, country_code: its current version (R16).
{{ config(
    scope_key=['traffic_date', 'acquisition_channel', 'country_code'],
    affected_by=[{'pending': 'traffic_daily', 'columns': ['cast(traffic_date as date)', 'acquisition_channel', 'country_code']}]
) }}

with latest as (
    {{ latest_versions('traffic_daily', ['cast(traffic_date as date)', 'acquisition_channel', 'country_code'], has_updated_at=false) }}
)

select
    acquisition_channel,
    country_code,
    cast(cast(visitors as decimal(18, 4)) as bigint) as visitor_count,
    cast(cast(sessions as decimal(18, 4)) as bigint) as session_count,
    cast(cast(cart_sessions as decimal(18, 4)) as bigint) as cart_session_count,
    {{ to_cny('cost_cny') }} as cost_cny,
    cast(traffic_date as date) as traffic_date,
    _landing_seq
from latest
