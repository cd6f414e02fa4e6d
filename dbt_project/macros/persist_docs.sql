{# An incremental run leaves a table and its comments in place: writing them again would cost more than the run. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {% if config.get('materialized') != 'incremental' or not is_incremental() %}
        {{ default__persist_docs(relation, model, for_relation, for_columns) }}
    {% endif %}
{%- endmacro %}
