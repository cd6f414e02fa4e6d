-- Grain: one row per shipped_date and line_code: what became of the parcel orders shipped that day. Cohort.
{{ config(
    scope_key=['shipped_date'],
    affected_by=[
        {'changes': 'std_forwarding_orders'},
        {'matured_after_days': var('transit_window_days')}
    ]
) }}

-- depends_on: {{ ref('std_calendar') }}

with orders as (
    select * from {{ ref('std_forwarding_orders') }} where is_counted and shipped_date is not null and {{ in_scope() }}
),

timed as (
    select
        *,
        {{ microseconds_between('shipped_at', 'delivered_at') }} as transit_microseconds
    from orders
),

shipped as (
    select
        shipped_date,
        line_code,
        count(*) as shipped_count,
        count(case when is_delivered then 1 end) as delivered_count,
        count(case when transit_microseconds <= promised_days * 86400000000 then 1 end) as on_time_count,
        count(case when status = 'lost' then 1 end) as lost_count,
        count(case when status = 'returned' then 1 end) as returned_count,
        count(case when status = 'seized' then 1 end) as seized_count,
        cast({{ percentile('transit_microseconds', 5, 86400000000) }} as decimal(18, 4)) as transit_days_p50,
        cast({{ percentile('transit_microseconds', 9, 86400000000) }} as decimal(18, 4)) as transit_days_p90
    from timed
    group by shipped_date, line_code
)

select
    shipped_date,
    line_code,
    shipped_count,
    delivered_count,
    on_time_count,
    {{ ratio('on_time_count', 'delivered_count') }} as on_time_ratio,
    lost_count,
    returned_count,
    seized_count,
    transit_days_p50,
    transit_days_p90,
    {{ matures_at('shipped_date', var('transit_window_days')) }} <= {{ as_of() }} as is_mature
from shipped
