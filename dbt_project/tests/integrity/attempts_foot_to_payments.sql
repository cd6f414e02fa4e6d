-- core_payments_daily counts every payment that is no test, not deleted and has begun once, and all revenue of those that count. Fails
-- with each date that leaves a difference, and with each row whose outcomes are more than its attempts.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'core_payments_daily'}}}) }}

with two_sides as (
    select business_date, initiated_count as payment_count, amount_cny
    from {{ ref('core_payments_daily') }}
    union all
    select
        initiated_date as business_date,
        -1 as payment_count,
        {{ to_cny('case when is_counted then -1 * amount_cny end') }} as amount_cny
    from {{ ref('std_payments') }}
    where not is_test and not is_deleted and initiated_at < {{ as_of() }}
)

select business_date
from two_sides
group by business_date
having sum(payment_count) <> 0 or sum(amount_cny) <> 0
union all
select business_date
from {{ ref('core_payments_daily') }}
where succeeded_count + failed_count + expired_count > initiated_count
