-- Grain: one row per period and business_type. Money is the sum of each day's amount at the day's rate. The previous period ends within a
-- day: what it holds beyond its whole days is shown at the rate of the day it ends in.
with periods as (
    select
        *,
        case when period = 'yesterday' then 1 else period_end_date - period_start_date end as whole_day_count
    from published.marts.core_periods
),

days as (
    select core_daily.*, shown_dates.rate_cny
    from published.marts.core_daily
    inner join shown_dates
        on core_daily.business_date = shown_dates.business_date
),

this_period as (
    select
        periods.period,
        periods.business_type,
        sum_if_all_known(displayed(days.gross_paid_cny, days.rate_cny)) as gross_paid,
        sum_if_all_known(displayed(days.refund_cny, days.rate_cny)) as refund,
        sum_if_all_known(displayed(days.chargeback_cny, days.rate_cny)) as chargeback,
        sum_if_all_known(displayed(days.net_revenue_cny, days.rate_cny)) as net_revenue
    from periods
    inner join days
        on periods.business_type = days.business_type
            and days.business_date between periods.period_start_date and periods.period_end_date
    group by periods.period, periods.business_type
),

previous_days as (
    select
        periods.period,
        periods.business_type,
        days.gross_paid_cny,
        days.refund_cny,
        days.chargeback_cny,
        days.net_revenue_cny,
        days.rate_cny
    from periods
    inner join days
        on periods.business_type = days.business_type
            and periods.previous_period_start_date <= days.business_date
            and days.business_date < least(
                cast(periods.previous_period_start_date + cast(periods.whole_day_count as integer) as date),
                periods.period_start_date
            )
),

whole_days as (
    select
        period,
        business_type,
        sum(gross_paid_cny) as gross_paid_cny,
        sum(refund_cny) as refund_cny,
        sum(chargeback_cny) as chargeback_cny,
        sum(net_revenue_cny) as net_revenue_cny
    from previous_days
    group by period, business_type
),

last_days as (
    select
        periods.period,
        periods.business_type,
        periods.previous_gross_paid_cny - coalesce(whole_days.gross_paid_cny, 0) as gross_paid_cny,
        periods.previous_refund_cny - coalesce(whole_days.refund_cny, 0) as refund_cny,
        periods.previous_chargeback_cny - coalesce(whole_days.chargeback_cny, 0) as chargeback_cny,
        periods.previous_net_revenue_cny - coalesce(whole_days.net_revenue_cny, 0) as net_revenue_cny,
        shown_dates.rate_cny
    from periods
    left join whole_days
        on periods.period = whole_days.period
            and periods.business_type = whole_days.business_type
    left join shown_dates
        on shown_dates.business_date
            = cast(periods.previous_period_start_date + cast(periods.whole_day_count as integer) as date)
    where cast(periods.previous_period_start_date + cast(periods.whole_day_count as integer) as date) < periods.period_start_date
),

parts as (
    select * from previous_days
    union all
    select * from last_days
),

previous_period as (
    select
        period,
        business_type,
        sum_if_all_known(displayed(gross_paid_cny, rate_cny)) as gross_paid,
        sum_if_all_known(displayed(refund_cny, rate_cny)) as refund,
        sum_if_all_known(displayed(chargeback_cny, rate_cny)) as chargeback,
        sum_if_all_known(displayed(net_revenue_cny, rate_cny)) as net_revenue
    from parts
    group by period, business_type
)

-- No day of the period has had a payment yet: 0, not unknown.
select
    periods.period,
    periods.business_type,
    case when this_period.period is null then 0 else this_period.gross_paid end as gross_paid,
    case when this_period.period is null then 0 else this_period.refund end as refund,
    case when this_period.period is null then 0 else this_period.chargeback end as chargeback,
    case when this_period.period is null then 0 else this_period.net_revenue end as net_revenue,
    periods.paid_order_count,
    periods.paying_user_count,
    periods.new_user_count,
    periods.returning_user_count,
    case when previous_period.period is null then 0 else previous_period.gross_paid end as previous_gross_paid,
    case when previous_period.period is null then 0 else previous_period.refund end as previous_refund,
    case when previous_period.period is null then 0 else previous_period.chargeback end as previous_chargeback,
    case when previous_period.period is null then 0 else previous_period.net_revenue end as previous_net_revenue,
    periods.previous_paid_order_count,
    periods.previous_paying_user_count,
    periods.previous_new_user_count,
    periods.previous_returning_user_count,
    periods.period_start_date,
    periods.period_end_date,
    periods.previous_period_start_date,
    cast(
        least(
            cast(periods.previous_period_start_date + cast(periods.whole_day_count as integer) as date),
            periods.period_start_date
        ) as date
    ) as previous_period_last_date
from periods
left join this_period
    on periods.period = this_period.period
        and periods.business_type = this_period.business_type
left join previous_period
    on periods.period = previous_period.period
        and periods.business_type = previous_period.business_type
