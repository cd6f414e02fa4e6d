{#
    The measures of a set of money movements: paid amounts before refunds, refunds and chargebacks positive.
    Every revenue figure in every mart is one of these sums (R4), typed as it is published.
#}
{% macro gross_paid() -%}
    {{ sum_cny("case when movement_type = 'payment' then amount_cny else 0 end") }}
{%- endmacro %}

{% macro paid_component(component) -%}
    {{ sum_cny("case when movement_type = 'payment' and component = '" ~ component ~ "' then amount_cny else 0 end") }}
{%- endmacro %}

{% macro refunded() -%}
    {{ sum_cny("case when movement_type = 'refund' then -1 * amount_cny else 0 end") }}
{%- endmacro %}

{% macro charged_back() -%}
    {{ sum_cny("case when movement_type = 'chargeback' then -1 * amount_cny else 0 end") }}
{%- endmacro %}

{# Gross less refunds less chargebacks: the sum of the movements, whose signs say just that. #}
{% macro net_revenue() -%}
    {{ sum_cny('amount_cny') }}
{%- endmacro %}

{# Sums as they are published: the engine's own types of a sum are wider. #}
{% macro sum_cny(expression) -%}
    cast(sum({{ expression }}) as decimal(18, 2))
{%- endmacro %}

{% macro sum_count(expression) -%}
    cast(sum({{ expression }}) as bigint)
{%- endmacro %}

{# A sum of CNY that is only known when every part of it is. #}
{% macro sum_cny_if_all_known(expression) -%}
    case when count(*) = count({{ expression }}) then {{ sum_cny(expression) }} end
{%- endmacro %}

{#
    The percentile of whole microseconds in a unit of so many, NULLs left out: linear between the neighbours of place p·(n−1), exact,
    rounded once to four decimals, half away from zero. `tenths` is the share in tenths: 5 is the median.
#}
{% macro percentile(microseconds, tenths, unit_microseconds) -%}
    {% set place_tenths = '(' ~ tenths ~ ' * (count(' ~ microseconds ~ ') - 1))' %}
    {% set lower, upper_tenths = nth_smallest(microseconds, place_tenths, 0), '(' ~ place_tenths ~ ' % 10)' %}
    {% set upper = nth_smallest(microseconds, place_tenths, 9) %}
    {% set interpolated_tenths = '(' ~ lower ~ ' * (10 - ' ~ upper_tenths ~ ') + ' ~ upper ~ ' * ' ~ upper_tenths ~ ')' %}
    {% set unit = power_of_ten(1) ~ ' * ' ~ unit_microseconds %}
    cast(
        sign({{ interpolated_tenths }}) * {{ exact_quotient(
            'abs(' ~ interpolated_tenths ~ ') * 2 * ' ~ power_of_ten(4) ~ ' + ' ~ unit,
            unit ~ ' * 2'
        ) }} as decimal(22, 0)
    ) * cast(0.0001 as decimal(5, 4))
{%- endmacro %}

{# Of the known values of a group: the one at place (place_tenths + rounding_tenths) ÷ 10, rounded down, counted from 0. #}
{% macro nth_smallest(expression, place_tenths, rounding_tenths) -%}
    {{ return(adapter.dispatch('nth_smallest')(expression, place_tenths, rounding_tenths)) }}
{%- endmacro %}

{% macro duckdb__nth_smallest(expression, place_tenths, rounding_tenths) -%}
    list_sort(list({{ expression }}) filter ({{ expression }} is not null))[({{ place_tenths }} + {{ rounding_tenths }}) // 10 + 1]
{%- endmacro %}

{% macro spark__nth_smallest(expression, place_tenths, rounding_tenths) -%}
    get(sort_array(collect_list({{ expression }})), cast(({{ place_tenths }} + {{ rounding_tenths }}) div 10 as int))
{%- endmacro %}
