{#
    The materialisations of this project on Apache Spark (docs/spark.md): the same four steps as on DuckDB, each a statement of its own, since
    Spark has neither scripts nor transactions over several tables. A table changes in one atomic commit: MERGE by scope, or an overwrite
    where a model is computed whole; that commit is on the branch of the run (orchestration/lake). What a step leaves for the next stands in
    the schema `scratch` and is overwritten by the next run.
#}
{% materialization table, adapter='spark', supported_languages=['sql'] -%}
    {% do check_configuration() %}
    {{ return(spark_build_whole()) }}
{%- endmaterialization %}

{% materialization incremental, adapter='spark', supported_languages=['sql'] -%}
    {% do check_configuration() %}
    {% if load_cached_relation(this) is none or should_full_refresh() %}
        {{ return(spark_build_whole()) }}
    {% endif %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set new_rows = scratch_table('new') -%}
    {% do spark_make_room_for_changes(target_relation) %}
    {% if not is_affected_everywhere() %}
        {% do spark_create_table(scope(), 'select distinct * from (' ~ affected_places() ~ ') as places') %}
    {% endif %}
    {% if is_scope_empty() %}
        {% call statement('main') %}select 1{% endcall %}
        {{ return({'relations': [target_relation]}) }}
    {% endif %}
    {% do spark_create_table(new_rows, typed_as_declared(compiled_code)) %}
    {% do run_query(spark_keep_changes_sql(target_relation, new_rows)) %}
    {% call statement('main') %}
        {% if is_affected_everywhere() %}
            insert overwrite {{ target_relation }} select * from {{ new_rows }}
        {% else %}
            {{ spark_merge_sql(target_relation, new_rows) }}
        {% endif %}
    {% endcall %}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#
    A table built whole, in one commit. A table of this shape is overwritten, on the branch of the run where it works on one; one of another
    shape is replaced, and `main` is empty until the branch moves there.
#}
{% macro spark_build_whole() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set sql = typed_as_declared(compiled_code) -%}
    {%- set is_branched = config.get('file_format') == 'iceberg' and this.schema != 'changes' -%}
    {%- set is_kept = is_branched and load_cached_relation(this) is not none and spark_shape('table ' ~ this) == spark_shape('query ' ~ sql) -%}
    {% call statement('main') %}
        {% if is_kept %}
            insert overwrite {{ target_relation }}
            {{ sql }}
        {% else %}
            {{ spark_create_table_sql(target_relation, sql, is_branched) }}
        {% endif %}
    {% endcall %}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}

{# The columns of a table or a query in order, with their types. #}
{% macro spark_shape(described) -%}
    {% set columns = [] %}
    {% set rest = namespace(is_partition=false) %}
    {% for row in run_query('describe ' ~ described).rows %}
        {% set rest.is_partition = rest.is_partition or not row[0] or row[0].startswith('#') %}
        {% if not rest.is_partition %}{% do columns.append([row[0], row[1]]) %}{% endif %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}

{% macro spark_create_table_sql(relation, sql, is_branched=false) -%}
    create or replace table {{ relation }} using {{ config.get('file_format') }}
    {% if is_branched %}tblproperties ('write.wap.enabled' = 'true'){% endif %} as
    {{ sql }}
{%- endmacro %}

{% macro spark_create_table(relation, sql) -%}
    {% do run_query(spark_create_table_sql(relation, sql)) %}
{%- endmacro %}

{# A table of the model at hand that holds one step of its run. #}
{% macro scratch_table(step) -%}
    scratch.{{ model.name }}_{{ step }}
{%- endmacro %}

{# The rows of a query, each column of the type that the model declares: the engine's own may be narrower (INT) or wider (a sum). #}
{% macro typed_as_declared(sql) -%}
    select
    {% for column in model.columns.values() %}
        {%- if column.data_type %} cast({{ adapter.quote(column.name) }} as {{ 'string' if column.data_type == 'varchar' else column.data_type }}) as
        {%- endif %} {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
    {% else %}
        *
    {%- endfor %}
    from (
    {{ sql }}
    ) as computed
{%- endmacro %}

{% macro spark_make_room_for_changes(target_relation) -%}
    {% call statement('changes') %}
        create table if not exists {{ changes_of(target_relation.identifier) }} using {{ config.get('file_format') }} as
        select {{ compared_columns() }} from {{ target_relation }} where false
    {% endcall %}
{%- endmacro %}

{# Adds the rows of the scope that differ, old and new, to what this run changed. #}
{% macro spark_keep_changes_sql(target_relation, new_rows) -%}
    insert into {{ changes_of(target_relation.identifier) }}
    with old_rows as (
        select {{ compared_columns() }} from {{ target_relation }} where {{ in_scope() }}
    ),
    new_rows as (
        select {{ compared_columns() }} from {{ new_rows }}
    )
    (select * from old_rows except all select * from new_rows)
    union all
    (select * from new_rows except all select * from old_rows)
{%- endmacro %}

{#
    Replaces the scope of a table in one commit: rows whose place is in the scope go, the new ones come. A new row matches none, so that a place
    whose rows all vanish and one whose rows multiply are the same to it.
#}
{% macro spark_merge_sql(target_relation, new_rows) -%}
    {% set key = config.get('scope_key') %}
    {% set names = [] %}
    {% for name in model.columns %}{% do names.append(adapter.quote(name)) %}{% endfor %}
    merge into {{ target_relation }} as kept
    using (
        select
            'gone' as _step,
            {% for name in model.columns %}
            {{ 'places.' ~ adapter.quote(name) if name in key else 'nothing.' ~ adapter.quote(name) }} as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ scope() }} as places
        left join (select * from {{ new_rows }} where false) as nothing
            on false
        union all
        select 'new' as _step, {{ names | join(', ') }}
        from {{ new_rows }}
    ) as given
    on given._step = 'gone'{% for column in key %} and kept.{{ column }} = given.{{ column }}{% endfor %}

    when matched then delete
    when not matched and given._step = 'new' then insert ({{ names | join(', ') }})
    values (given.{{ names | join(', given.') }})
{%- endmacro %}

{#
    What dbt asks of each table before a run, statement by statement. The tables of this project are all of one kind, so the answer is known.
#}
{% macro describe_table_extended_without_caching(table_name) -%}
    {{ return([('Provider', 'iceberg', ''), ('Type', 'MANAGED', '')]) }}
{%- endmacro %}

{# Readers look into the published file, which has the comments; in the lake each would be a commit of its own. #}
{% macro spark__persist_docs(relation, model, for_relation, for_columns) -%}
{%- endmacro %}

{# A seed made anew. Its rows go first: a catalog may keep the files of a table that is dropped, and find them again. #}
{% macro spark__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {% if old_relation %}
        {% do run_query('delete from ' ~ old_relation) %}
        {% do adapter.drop_relation(old_relation) %}
    {% endif %}
    {{ return(create_csv_table(model, agate_table)) }}
{%- endmacro %}
