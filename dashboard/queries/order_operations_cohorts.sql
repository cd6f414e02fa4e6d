-- Grain: one row per platform: what became of the purchase orders paid in the last 180 business dates whose window has passed. Cohort.
select
    cohort.platform,
    cast(sum(cohort.paid_order_count) as bigint) as paid_order_count,
    cast(sum(cohort.completed_order_count) as bigint) as completed_order_count,
    cast(sum(cohort.cancelled_order_count) as bigint) as cancelled_order_count,
    cast(sum(cohort.refunded_order_count) as bigint) as refunded_order_count,
    cast(sum(cohort.purchase_cost_known_order_count) as bigint) as purchase_cost_known_order_count,
    sum(cohort.purchase_margin_cny) as purchase_margin_cny
from published.marts.orders_cohort_daily as cohort
inner join shown_dates
    on cohort.business_date = shown_dates.business_date
where cohort.is_mature
group by cohort.platform
order by sum(cohort.paid_order_count) desc, cohort.platform
