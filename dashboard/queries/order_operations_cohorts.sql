-- Grain: one row per platform: what became of the purchase orders paid in the last 180 business dates whose window has passed. Cohort.
with days as (
    select
        orders_cohort_daily.*,
        shown_dates.rate_cny
    from published.marts.orders_cohort_daily
    inner join shown_dates
        on orders_cohort_daily.business_date = shown_dates.business_date
    where orders_cohort_daily.is_mature
)

select
    platform,
    cast(sum(paid_order_count) as bigint) as paid_order_count,
    cast(sum(completed_order_count) as bigint) as completed_order_count,
    cast(sum(cancelled_order_count) as bigint) as cancelled_order_count,
    cast(sum(refunded_order_count) as bigint) as refunded_order_count,
    cast(sum(purchase_cost_known_order_count) as bigint) as purchase_cost_known_order_count,
    sum_if_all_known(displayed(coalesce(purchase_margin_cny, 0), rate_cny)) as purchase_margin
from days
group by platform
order by sum(paid_order_count) desc, platform
