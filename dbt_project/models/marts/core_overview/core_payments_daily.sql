-- Grain: one row per business_date, method and currency_code of initiated payments: what became of them, all on the date of initiation.
-- Attempts are counted by their status alone, top-ups included; test and deleted payments are left out.
{{ config(
    affected_by=[
        {'changes': 'std_payments', 'columns': ['initiated_date']},
        {'between_as_ofs': 'std_payments', 'instant': 'initiated_at', 'columns': ['initiated_date']},
        {'between_as_ofs': 'std_payments', 'instant': 'succeeded_at', 'columns': ['initiated_date']}
    ]
) }}

with payments as (
    select *
    from {{ ref('std_payments') }}
    where not is_test and not is_deleted and initiated_at < {{ as_of() }} and {{ in_scope(['initiated_date']) }}
),

judged as (
    select
        *,
        purpose = 'topup' and status = 'succeeded' and succeeded_at < {{ as_of() }} as is_succeeded_topup
    from payments
),

counted as (
    select
        initiated_date as business_date,
        method,
        currency_code,
        count(*) as initiated_count,
        count(case when status = 'succeeded' then 1 end) as succeeded_count,
        count(case when status = 'failed' then 1 end) as failed_count,
        count(case when status = 'expired' then 1 end) as expired_count,
        {{ sum_cny("case when is_counted then amount_cny else 0 end") }} as amount_cny,
        {{ sum_cny("case when is_succeeded_topup then coalesce(amount_cny, 0) else 0 end") }} as topup_cny
    from judged
    group by initiated_date, method, currency_code
)

select
    business_date,
    method,
    currency_code,
    initiated_count,
    succeeded_count,
    failed_count,
    expired_count,
    {{ ratio('succeeded_count', 'succeeded_count + failed_count + expired_count') }} as succeeded_ratio,
    amount_cny,
    topup_cny
from counted
