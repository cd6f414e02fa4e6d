-- Grain: one row per business_date and channel with a paid parcel order or forwarding money: each with its share of the day. Flow.
{{ config(affected_by=[{'changes': 'std_money_movements'}, {'changes': 'std_paid_orders', 'columns': ['paid_date']}]) }}

with movements as (
    select * from {{ ref('std_money_movements') }} where business_type = 'forwarding' and {{ in_scope() }}
),

paid_orders as (
    select * from {{ ref('std_paid_orders') }} where business_type = 'forwarding' and {{ in_scope(['paid_date']) }}
),

money as (
    select business_date, channel, {{ gross_paid() }} as gross_paid_cny
    from movements
    group by business_date, channel
),

orders as (
    select
        paid_date as business_date,
        channel,
        count(*) as paid_order_count,
        {{ sum_count('chargeable_weight_g') }} as chargeable_weight_g
    from paid_orders
    group by paid_date, channel
),

by_channel as (
    select
        business_date,
        channel,
        coalesce(orders.paid_order_count, 0) as paid_order_count,
        coalesce(orders.chargeable_weight_g, 0) as chargeable_weight_g,
        coalesce(money.gross_paid_cny, 0) as gross_paid_cny
    from money
    full outer join orders using (business_date, channel)
),

totals as (
    select
        business_date,
        {{ sum_count('paid_order_count') }} as total_paid_order_count,
        {{ sum_count('chargeable_weight_g') }} as total_chargeable_weight_g,
        {{ sum_cny('gross_paid_cny') }} as total_gross_paid_cny
    from by_channel
    group by business_date
)

select
    business_date,
    by_channel.channel,
    by_channel.paid_order_count,
    totals.total_paid_order_count,
    {{ ratio('by_channel.paid_order_count', 'totals.total_paid_order_count') }} as paid_order_count_share,
    by_channel.chargeable_weight_g,
    totals.total_chargeable_weight_g,
    {{ ratio('by_channel.chargeable_weight_g', 'totals.total_chargeable_weight_g') }} as chargeable_weight_g_share,
    by_channel.gross_paid_cny,
    totals.total_gross_paid_cny,
    {{ ratio('by_channel.gross_paid_cny', 'totals.total_gross_paid_cny') }} as gross_paid_cny_share
from by_channel
inner join totals using (business_date)
