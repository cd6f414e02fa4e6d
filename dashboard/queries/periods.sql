-- Grain: one row per period and business_type. Money in the display currency is the sum of the published days; what the period is compared
-- with ends within a day, so the comparison is of CNY.
with money as (
    select
        periods.period,
        periods.business_type,
        sum_if_all_known(shown_money.gross_paid) as gross_paid,
        sum_if_all_known(shown_money.refund) as refund,
        sum_if_all_known(shown_money.chargeback) as chargeback,
        sum_if_all_known(shown_money.net_revenue) as net_revenue
    from published.marts.core_periods as periods
    inner join shown_money
        on periods.business_type = shown_money.business_type
            and shown_money.business_date between periods.period_start_date and periods.period_end_date
    group by periods.period, periods.business_type
)

-- No day of the period has had a payment yet: 0, not unknown.
select
    periods.*,
    case when money.period is null then 0 else money.gross_paid end as gross_paid,
    case when money.period is null then 0 else money.refund end as refund,
    case when money.period is null then 0 else money.chargeback end as chargeback,
    case when money.period is null then 0 else money.net_revenue end as net_revenue,
    cast(
        least(
            periods.previous_period_start_date + cast(
                case when periods.period = 'yesterday' then 1 else periods.period_end_date - periods.period_start_date end
                as integer
            ),
            periods.period_start_date
        ) as date
    ) as previous_period_last_date
from published.marts.core_periods as periods
left join money
    on periods.period = money.period
        and periods.business_type = money.business_type
