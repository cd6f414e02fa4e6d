{# What a bill can ask for, in the order in which payments fill it (R6). An order type asks for some of it, in this order. #}
{% macro billed_components() -%}
    {{ return(['goods', 'domestic_freight', 'service_fee', 'freight', 'surcharge', 'insurance', 'customs', 'service']) }}
{%- endmacro %}
