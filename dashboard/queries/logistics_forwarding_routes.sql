-- Grain: one row per warehouse_code, destination_country, line_code of forwarding_routes, in its order.
select
    rank,
    warehouse_code,
    destination_country,
    line_code,
    paid_order_count,
    chargeable_weight_g,
    gross_paid_cny,
    freight_per_kg_cny
from published.marts.forwarding_routes
order by rank
