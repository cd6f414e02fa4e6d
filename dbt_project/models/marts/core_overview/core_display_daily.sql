-- Grain: one row per business_date, business_type incl. `all` and display currency: the day's money at its official rate. Flow.
-- Each figure is converted from its CNY and rounded once (R15), so the converted net is not the difference of the others.
{{ config(
    affected_by=[
        {'changes': 'std_money_movements'},
        {'changes': 'std_reporting_dates'},
        {'changes': 'std_display_rates'}
    ]
) }}

with dates as (
    select * from {{ ref('std_reporting_dates') }} where has_revenue_started and {{ in_scope() }}
),

business_types as (
    select * from {{ ref('business_types') }}
),

rates as (
    select * from {{ ref('std_display_rates') }} where {{ in_scope() }}
),

movements as (
    select * from {{ ref('std_money_movements') }} where {{ in_scope() }}
),

money as (
    select
        business_date,
        coalesce(business_type, 'all') as business_type,
        {{ gross_paid() }} as gross_paid_cny,
        {{ refunded() }} as refund_cny,
        {{ charged_back() }} as chargeback_cny,
        {{ net_revenue() }} as net_revenue_cny
    from movements
    group by grouping sets ((business_date, business_type), (business_date))
)

select
    business_date,
    business_type,
    rates.currency_code,
    {% for figure in ['gross_paid', 'refund', 'chargeback', 'net_revenue'] %}
    cast({{ cny_to_foreign('coalesce(money.' ~ figure ~ '_cny, 0)', 'rates.rate_cny') }} as decimal(32, 2)) as {{ figure }},
    {% endfor %}
    rates.rate_cny,
    rates.is_provisional as is_rate_provisional,
    rates.is_stale as is_rate_stale,
    rates.rate_date
from dates
cross join business_types
inner join rates using (business_date)
left join money using (business_date, business_type)
