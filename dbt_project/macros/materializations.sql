{#
    The materialisations of this project on DuckDB. dbt-duckdb's own guard against readers and writers that a private build file does not
    have (backup copies, renames, grants, indexes) and ask the catalog several times a model for what the pipeline has
    checked before dbt starts: that was most of an increment's time (DECISIONS.md). Everything happens in the model's transaction.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] -%}
    {% do check_configuration() %}
    {{ return(build_whole()) }}
{%- endmaterialization %}

{% materialization incremental, adapter='duckdb', supported_languages=['sql'] -%}
    {% do check_configuration() %}
    {% if load_cached_relation(this) is none or should_full_refresh() %}
        {{ return(build_whole()) }}
    {% endif %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {% call statement('main') %}{{ get_scope_sql(target_relation) }}{% endcall %}
    {% if not is_scope_empty() %}
        {% call statement('main') %}{{ get_affected_sql(target_relation, compiled_code) }}{% endcall %}
    {% endif %}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{% macro build_whole() -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {% call statement('main') %}
        {% if existing_relation is not none %}drop table if exists {{ existing_relation }};{% endif %}
        {{ create_table_as(False, target_relation, compiled_code) }}
        {{ comments_sql(target_relation) }}
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}

{# The descriptions as comments, where the folder persists them: its contract says that every described column is there. #}
{% macro comments_sql(relation) -%}
    {% if config.persist_relation_docs() and model.description -%}
        comment on table {{ relation }} is {{ duckdb_escape_comment(model.description) }};
    {%- endif %}
    {% if config.persist_column_docs() -%}
        {% for column in model.columns.values() if column.description -%}
            comment on column {{ relation }}.{{ adapter.quote(column.name) }} is {{ duckdb_escape_comment(column.description) }};
        {% endfor %}
    {%- endif %}
{%- endmacro %}
