-- Display currencies by example: foreign = stored CNY ÷ CNY per unit, half away from zero, sign-symmetric, NULL without a positive rate.
-- Fails with each example that comes out otherwise.
{{ config(tags=['calibration'], meta={'dagster': {'ref': {'name': 'official_rates'}}}) }}

with examples as (
    select cast(amount as decimal(18, 3)) as amount, cast(rate_cny as decimal(20, 10)) as rate_cny, cast(expected as decimal(18, 2)) as expected
    from (
        values
        ('1.005', '7', '0.14'),
        ('-1.005', '7', '-0.14'),
        ('-10.235', '7.1878', '-1.42'),
        ('0.07', '2', '0.04'),
        ('-0.07', '2', '-0.04'),
        ('1000000000', '0.0051282051', '195000001072.50'),
        ('5', '0', null),
        ('5', '-7', null),
        ('5', null, null),
        (null, '7', null)
    ) as listed (amount, rate_cny, expected)  -- noqa: AL05
)

select *, {{ cny_to_foreign(to_cny('amount'), 'rate_cny') }} as shown
from examples
where {{ cny_to_foreign(to_cny('amount'), 'rate_cny') }} is distinct from expected
