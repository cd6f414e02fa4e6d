-- Grain: one row per business_date and channel with a paid parcel order or forwarding money: each with its share of the day. Flow.
{{ config(
    materialized='incremental',
    incremental_strategy='affected',
    scope_key=['business_date'],
    affected_by=[
        {'changes': 'std_money_movements', 'columns': ['business_date']},
        {'changes': 'std_forwarding_orders', 'columns': ['paid_date']}
    ]
) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'forwarding' and {{ in_scope() }}
),

orders as (
    select * from {{ ref('std_forwarding_orders') }} where paid_date is not null and {{ in_scope(['paid_date']) }}
),

stacked as (
    select
        business_date,
        channel,
        0 as paid_order_count,
        0 as chargeable_weight_g,
        case when movement_type = 'payment' then amount_cny else 0 end as gross_paid_cny
    from movements
    union all
    select paid_date as business_date, channel, 1 as paid_order_count, chargeable_weight_g, 0 as gross_paid_cny
    from orders
),

by_channel as (
    select
        business_date,
        channel,
        cast(sum(paid_order_count) as bigint) as paid_order_count,
        cast(sum(chargeable_weight_g) as bigint) as chargeable_weight_g,
        cast(sum(gross_paid_cny) as decimal(18, 2)) as gross_paid_cny
    from stacked
    group by business_date, channel
),

totals as (
    select
        business_date,
        sum(paid_order_count) as paid_order_count,
        sum(chargeable_weight_g) as chargeable_weight_g,
        sum(gross_paid_cny) as gross_paid_cny
    from by_channel
    group by business_date
)

select
    by_channel.business_date,
    by_channel.channel,
    by_channel.paid_order_count,
    cast(totals.paid_order_count as bigint) as total_paid_order_count,
    {{ ratio('by_channel.paid_order_count', 'totals.paid_order_count') }} as paid_order_count_share,
    by_channel.chargeable_weight_g,
    cast(totals.chargeable_weight_g as bigint) as total_chargeable_weight_g,
    {{ ratio('by_channel.chargeable_weight_g', 'totals.chargeable_weight_g') }} as chargeable_weight_g_share,
    by_channel.gross_paid_cny,
    cast(totals.gross_paid_cny as decimal(18, 2)) as total_gross_paid_cny,
    {{ ratio('by_channel.gross_paid_cny', 'totals.gross_paid_cny') }} as gross_paid_cny_share
from by_channel
inner join totals
    on by_channel.business_date = totals.business_date
