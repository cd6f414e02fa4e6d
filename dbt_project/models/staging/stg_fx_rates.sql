-- Grain: one row per rate_source, rate_date, currency_code: its current version (R16).
{{ config(
    scope_key=['rate_source', 'rate_date', 'currency_code'],
    affected_by=[{'pending': 'fx_rates', 'columns': ['rate_source', 'cast(rate_date as date)', 'currency_code']}]
) }}

with latest as (
    {{ latest_versions('fx_rates', ['rate_source', 'cast(rate_date as date)', 'currency_code']) }}
),

quoted as (
    select
        rate_source,
        currency_code,
        cast(quote_value as decimal(28, 10)) as quote_value,
        cast(coalesce(quote_unit, '1') as bigint) as quote_unit,
        coalesce(quote_direction, 'cny_per_foreign') as quote_direction,
        cast(rate_date as date) as rate_date,
        cast(published_at as timestamp) as published_at,
        cast(updated_at as timestamp) as _updated_at,
        _landing_seq
    from latest
),

per_unit as (
    select
        *,
        -- CNY per one foreign unit in ten-billionths, half up: a quote is positive, so that is half away from zero.
        case
            when quote_direction = 'foreign_per_cny' then {{ exact_quotient(
                integer_of('quote_unit', 0) ~ ' * 2 * ' ~ power_of_ten(20) ~ ' + ' ~ integer_of('quote_value', 10),
                integer_of('quote_value', 10) ~ ' * 2'
            ) }}
            else {{ exact_quotient(
                integer_of('quote_value', 10) ~ ' * 2 + ' ~ integer_of('quote_unit', 0),
                integer_of('quote_unit', 0) ~ ' * 2'
            ) }}
        end as rate_ten_billionths
    from quoted
)

select
    rate_source,
    currency_code,
    cast(cast(rate_ten_billionths as decimal(20, 0)) * cast(0.0000000001 as decimal(10, 10)) as decimal(20, 10)) as rate_cny,
    rate_date,
    published_at,
    _updated_at,
    _landing_seq
from per_unit
