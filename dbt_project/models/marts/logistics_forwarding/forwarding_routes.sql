-- Grain: one row per warehouse_code, destination_country, line_code with a paid parcel order or forwarding money in the last 30 business
-- dates. The window moves with every date, so it is computed whole from those dates.
{{ config(materialized='table') }}

with movements as (
    select *
    from {{ ref('std_money_movements') }}
    where business_type = 'forwarding'
        and business_date > {{ add_days(as_of_date(), -30) }} and business_date <= {{ as_of_date() }}
),

paid_orders as (
    select *
    from {{ ref('std_paid_orders') }}
    where business_type = 'forwarding'
        and paid_date > {{ add_days(as_of_date(), -30) }} and paid_date <= {{ as_of_date() }}
),

money as (
    select
        warehouse_code,
        destination_country,
        line_code,
        {{ gross_paid() }} as gross_paid_cny,
        {{ paid_component('freight') }} as freight_cny
    from movements
    group by warehouse_code, destination_country, line_code
),

orders as (
    select
        warehouse_code,
        destination_country,
        line_code,
        count(*) as paid_order_count,
        {{ sum_count('chargeable_weight_g') }} as chargeable_weight_g
    from paid_orders
    group by warehouse_code, destination_country, line_code
),

routes as (
    select
        warehouse_code,
        destination_country,
        line_code,
        coalesce(orders.paid_order_count, 0) as paid_order_count,
        coalesce(orders.chargeable_weight_g, 0) as chargeable_weight_g,
        coalesce(money.gross_paid_cny, 0) as gross_paid_cny,
        coalesce(money.freight_cny, 0) as freight_cny
    from money
    full outer join orders using (warehouse_code, destination_country, line_code)
)

select
    warehouse_code,
    destination_country,
    line_code,
    cast(row_number() over (
        order by paid_order_count desc, gross_paid_cny desc, warehouse_code, destination_country, line_code
    ) as bigint) as rank,
    paid_order_count,
    chargeable_weight_g,
    gross_paid_cny,
    freight_cny,
    case
        when chargeable_weight_g > 0 then {{ fen_to_cny(exact_quotient(
            integer_of('freight_cny', 2) ~ ' * 2000 + chargeable_weight_g', 'chargeable_weight_g * 2'
        )) }}
    end as freight_per_kg_cny
from routes
