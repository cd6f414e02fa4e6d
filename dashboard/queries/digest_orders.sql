-- Grain: one row per period with data: purchase orders created in it, and pieces of goods of those paid in it.
select
    digest_periods.period,
    cast(
        (
            select coalesce(sum(conversion.created_order_count), 0)
            from published.marts.orders_conversion_daily as conversion
            where conversion.created_date between digest_periods.first_date and digest_periods.last_date
        ) as bigint
    ) as created_order_count,
    cast(
        (
            select coalesce(sum(orders_daily.item_quantity), 0)
            from published.marts.orders_daily
            where orders_daily.business_date between digest_periods.first_date and digest_periods.last_date
        ) as bigint
    ) as item_quantity
from digest_periods
order by digest_periods.period
