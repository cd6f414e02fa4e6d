-- Grain: one row per warehouse_code, country_code, line_code with a paid parcel order or forwarding money in the last 30 business
-- dates. The window moves with every date, so it is computed whole from those dates.
{{ config(materialized='table') }}

with movements as (
    select *
    from {{ ref('std_money_movements') }}
    where business_type = 'forwarding'
        and business_date > {{ add_days(as_of_date(), -30) }} and business_date <= {{ as_of_date() }}
),

orders as (
    select *
    from {{ ref('std_forwarding_orders') }}
    where paid_date > {{ add_days(as_of_date(), -30) }} and paid_date <= {{ as_of_date() }}
),

stacked as (
    select
        warehouse_code,
        country_code,
        line_code,
        0 as paid_order_count,
        0 as chargeable_weight_g,
        case when movement_type = 'payment' then amount_cny else 0 end as gross_paid_cny,
        case when movement_type = 'payment' and component = 'freight' then amount_cny else 0 end as freight_cny
    from movements
    union all
    select
        warehouse_code,
        country_code,
        line_code,
        1 as paid_order_count,
        chargeable_weight_g,
        0 as gross_paid_cny,
        0 as freight_cny
    from orders
),

routes as (
    select
        warehouse_code,
        country_code,
        line_code,
        cast(sum(paid_order_count) as bigint) as paid_order_count,
        cast(sum(chargeable_weight_g) as bigint) as chargeable_weight_g,
        cast(sum(gross_paid_cny) as decimal(18, 2)) as gross_paid_cny,
        cast(sum(freight_cny) as decimal(18, 2)) as freight_cny
    from stacked
    group by warehouse_code, country_code, line_code
)

select
    warehouse_code,
    country_code,
    line_code,
    row_number() over (
        order by paid_order_count desc, gross_paid_cny desc, warehouse_code, country_code, line_code
    ) as rank,
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
