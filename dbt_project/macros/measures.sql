{#
    The measures of a set of money movements: paid amounts before refunds, refunds and chargebacks positive (CONTRACT section 5).
    Every revenue figure in every mart is one of these sums (R4).
#}
{% macro gross_paid() -%}
    sum(case when movement_type = 'payment' then amount_cny else 0 end)
{%- endmacro %}

{% macro paid_component(component) -%}
    sum(case when movement_type = 'payment' and component = '{{ component }}' then amount_cny else 0 end)
{%- endmacro %}

{% macro refunded() -%}
    -sum(case when movement_type = 'refund' then amount_cny else 0 end)
{%- endmacro %}

{% macro charged_back() -%}
    -sum(case when movement_type = 'chargeback' then amount_cny else 0 end)
{%- endmacro %}

{# A sum that is only known when every part of it is. #}
{% macro sum_if_all_known(expression) -%}
    case when count(*) = count({{ expression }}) then sum({{ expression }}) end
{%- endmacro %}

{# Percentile with linear interpolation, NULLs left out. #}
{% macro percentile(expression, fraction) -%}
    {{ return(adapter.dispatch('percentile')(expression, fraction)) }}
{%- endmacro %}

{% macro duckdb__percentile(expression, fraction) -%}
    quantile_cont({{ expression }}, {{ fraction }})
{%- endmacro %}

{% macro spark__percentile(expression, fraction) -%}
    percentile({{ expression }}, {{ fraction }})
{%- endmacro %}
