{#
    Open codes (R20): what a source calls reasons, channels, services, warehouses, countries … A value that does not look like a code
    may be anybody's address, so it is published as `other`. The same rule stands in Python as `ingest.foundation.shown.looks_like_code`.
#}

{# Whether text is 1 to 64 letters of any script, digits and _ - . + /, with a letter where longer than six characters. #}
{% macro looks_like_code(expression) -%}
    (
        length({{ expression }}) between 1 and 64
        and not {{ contains_pattern(expression, "[^\\p{L}\\p{Nd}_.+/-]") }}
        and (length({{ expression }}) <= 6 or {{ contains_pattern(expression, "\\p{L}") }})
    )
{%- endmacro %}

{# A code as it may be published; NULL stays NULL. #}
{% macro open_code(expression) -%}
    case when {{ looks_like_code(expression) }} then {{ expression }} when {{ expression }} is not null then 'other' end
{%- endmacro %}

{# The names of the columns whose value is published as `other`, parted by commas; NULL if there is none. #}
{% macro masked_columns(columns) -%}
    nullif(concat_ws(', '{% for column in columns %}, case when not {{ looks_like_code(column) }} then '{{ column }}' end{% endfor %}), '')
{%- endmacro %}

{# Whether a pattern occurs in text; the pattern is a regular expression without quotes. #}
{% macro contains_pattern(expression, pattern) -%}
    {{ return(adapter.dispatch('contains_pattern')(expression, pattern)) }}
{%- endmacro %}

{% macro duckdb__contains_pattern(expression, pattern) -%}
    regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__contains_pattern(expression, pattern) -%}
    ({{ expression }} rlike r'{{ pattern }}')
{%- endmacro %}
