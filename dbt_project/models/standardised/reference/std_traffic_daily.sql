-- Grain: one row per traffic_date, acquisition_channel and country_code: visits to the platform.
{{ config(scope_key=['traffic_date'], affected_by=[{'changes': 'stg_traffic_daily'}]) }}

with traffic as (
    select * from {{ ref('stg_traffic_daily') }} where {{ in_scope() }}
)

select
    traffic_date,
    acquisition_channel,
    country_code,
    visitor_count,
    session_count,
    cart_session_count,
    cost_cny
from traffic
