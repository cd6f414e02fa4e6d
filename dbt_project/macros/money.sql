{# CNY with two decimals, half away from zero: the one rounding of a movement (R3). The argument must be exact (text or DECIMAL). #}
{% macro to_cny(expression) -%}
    cast({{ expression }} as decimal(18, 2))
{%- endmacro %}

{# A foreign amount at CNY per unit, rounded once to CNY, half away from zero. #}
{% macro foreign_to_cny(amount, rate) -%}
    {{ return(adapter.dispatch('foreign_to_cny')(amount, rate)) }}
{%- endmacro %}

{#
    DuckDB takes ten times as long to round a product of more than 18 digits by a cast (`python -m benchmarks.forms`). So floating point
    proposes the fen, which is one off at most, and the exact product corrects it.
#}
{% macro duckdb__foreign_to_cny(amount, rate) -%}
    {%- set exact = 'abs(' ~ foreign_product(amount, rate) ~ ')' -%}
    {%- set proposed = 'cast(abs(cast(' ~ amount ~ ' as double) * cast(' ~ rate ~ ' as double)) as decimal(18, 2))' -%}
    case
        when {{ exact }} < 10000000000 then
            case when {{ amount }} < 0 then -1 else 1 end * cast(
                {{ proposed }}
                + case
                    when {{ exact }} - {{ proposed }} >= 0.005 then 0.01
                    when {{ exact }} - {{ proposed }} < -0.005 then -0.01
                    else 0
                end as decimal(18, 2)
            )
        else {{ to_cny(foreign_product(amount, rate)) }}
    end
{%- endmacro %}

{% macro spark__foreign_to_cny(amount, rate) -%}
    {{ to_cny(foreign_product(amount, rate)) }}
{%- endmacro %}

{#
    The types are stated, so that the product keeps every decimal: an engine may drop decimals of a product without a word where the digits
    of both sides and one more are above 38. A rate has four digits before the point.
#}
{% macro foreign_product(amount, rate) -%}
    cast({{ amount }} as decimal(18, 4)) * cast({{ rate }} as decimal(19, 10))
{%- endmacro %}

{# CNY shown in a foreign currency at CNY per unit: two decimals, half away from zero, NULL without a positive rate (R15). #}
{% macro cny_to_foreign(amount_cny, rate) -%}
    case
        when {{ rate }} > 0 then
            case when {{ amount_cny }} < 0 then -1 else 1 end
            -- A currency may be worth little: more digits before the point than CNY has.
            * cast(cast({{ exact_quotient(
                integer_of('abs(cast(' ~ amount_cny ~ ' as decimal(18, 2)))', 2) ~ ' * 2 * ' ~ power_of_ten(10)
                    ~ ' + ' ~ integer_of(rate, 10),
                integer_of(rate, 10) ~ ' * 2'
            ) }} as decimal(30, 0)) * cast(0.01 as decimal(3, 2)) as decimal(32, 2))
    end
{%- endmacro %}

{# An exact decimal as an integer number of its smallest units: money in fen (2), a rate in ten-billionths (10). #}
{% macro integer_of(expression, decimals) -%}
    {{ return(adapter.dispatch('integer_of')(expression, decimals)) }}
{%- endmacro %}

{% macro duckdb__integer_of(expression, decimals) -%}
    cast(cast({{ expression }} as decimal(28, {{ decimals }})) * {{ power_of_ten(decimals) }} as hugeint)
{%- endmacro %}

{% macro spark__integer_of(expression, decimals) -%}
    cast(
        cast({{ expression }} as decimal({{ 36 - decimals }}, {{ decimals }}))
        * cast({{ 10 ** decimals }} as decimal({{ decimals + 1 }}, 0)) as decimal(38, 0)
    )
{%- endmacro %}

{% macro power_of_ten(decimals) -%}
    {{ return(adapter.dispatch('power_of_ten')(decimals)) }}
{%- endmacro %}

{% macro duckdb__power_of_ten(decimals) -%}
    cast({{ 10 ** decimals }} as hugeint)
{%- endmacro %}

{% macro spark__power_of_ten(decimals) -%}
    cast({{ 10 ** decimals }} as decimal(38, 0))
{%- endmacro %}

{# Integer division of non-negative integers, rounded down, exact at any size. #}
{% macro exact_quotient(numerator, denominator) -%}
    {{ return(adapter.dispatch('exact_quotient')(numerator, denominator)) }}
{%- endmacro %}

{% macro duckdb__exact_quotient(numerator, denominator) -%}
    (({{ numerator }}) // ({{ denominator }}))
{%- endmacro %}

{% macro spark__exact_quotient(numerator, denominator) -%}
    {#- Not `div`, which wraps beyond 64 bits. -#}
    cast((({{ numerator }}) - ({{ numerator }}) % ({{ denominator }})) / ({{ denominator }}) as decimal(38, 0))
{%- endmacro %}

{# The values of a column in the rows of a partition before this one, in order, as a list; without such rows empty. #}
{% macro earlier_in_order(expression, partition_by, order_by) -%}
    {{ return(adapter.dispatch('earlier_in_order')(expression, partition_by, order_by)) }}
{%- endmacro %}

{% macro duckdb__earlier_in_order(expression, partition_by, order_by) -%}
    coalesce(list({{ expression }}) over (
        partition by {{ partition_by }} order by {{ order_by }} rows between unbounded preceding and 1 preceding
    ), [])
{%- endmacro %}

{% macro spark__earlier_in_order(expression, partition_by, order_by) -%}
    coalesce(collect_list({{ expression }}) over (
        partition by {{ partition_by }} order by {{ order_by }} rows between unbounded preceding and 1 preceding
    ), array())
{%- endmacro %}

{# What a list of CNY amounts, taken in turn where it suffices, leaves of a sum; an amount above what is left is passed over. #}
{% macro left_after(amounts, sum_cny) -%}
    {{ return(adapter.dispatch('left_after')(amounts, sum_cny)) }}
{%- endmacro %}

{% macro duckdb__left_after(amounts, sum_cny) -%}
    list_reduce(
        {{ amounts }},
        lambda left_cny, taken_cny: {{ to_cny('case when taken_cny <= left_cny then left_cny - taken_cny else left_cny end') }},
        {{ to_cny(sum_cny) }}
    )
{%- endmacro %}

{% macro spark__left_after(amounts, sum_cny) -%}
    aggregate(
        {{ amounts }},
        {{ to_cny(sum_cny) }},
        (left_cny, taken_cny) -> {{ to_cny('case when taken_cny <= left_cny then left_cny - taken_cny else left_cny end') }}
    )
{%- endmacro %}

{# Fen back to CNY. #}
{% macro fen_to_cny(fen) -%}
    cast(cast({{ fen }} as decimal(20, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
{%- endmacro %}

{# A ratio beside its numerator and denominator: NULL where the denominator is zero (R11). #}
{% macro ratio(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}
