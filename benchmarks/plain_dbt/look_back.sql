{#
    A look-back as plain dbt has it: what is dated is computed again for its last days, deleted and inserted by date; everything else is
    rebuilt. The models themselves, with their filter on the dates in scope, are not changed.
#}
{% macro affected_places() -%}
    select distinct
        {% if config.get('scope_key')[0] == 'month' %}cast(date_trunc('month', day) as date){% else %}cast(day as date){% endif %}
        as {{ config.get('scope_key')[0] }}
    from generate_series(cast('{{ var("look_back_from") }}' as timestamp), cast('{{ var("look_back_to") }}' as timestamp), interval 1 day)
        as days (day)
{%- endmacro %}

{% macro get_scope_sql(target_relation) -%}
    create or replace temporary table {{ scope() }} as
    {{ affected_places() }};
{%- endmacro %}

{% macro get_affected_sql(target_relation, compiled_code) -%}
    create or replace temporary table new_rows as
    {{ compiled_code }};
    delete from {{ target_relation }} where {{ in_scope() }};
    insert into {{ target_relation }} by name select * from new_rows;
    drop table new_rows;
{%- endmacro %}
