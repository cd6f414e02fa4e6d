{#
    The affected set: what changed, in both its old and its new place, is what is computed again (docs/architecture.md).

    A model that takes part says, by its folder in dbt_project.yml or in its own config,
        scope_key      its own columns that name the places it computes again
        affected_by    a list of reasons, each with the columns that name the places (default: those of scope_key)
        derived_columns    where there are any: columns that follow from other rows of the model, whose change alone affects nothing
    and filters its inputs with `{{ in_scope() }}`. A reason is one of
        {'changes': model, 'columns': [...]}   places of the rows that this run changed in another model
        {'changes': model, 'columns': [one], 'reach_days': n}   a date and the n dates after it
        {'pending': feed, 'columns': [...]}    keys of the rows landed, withdrawn or restored since the last publication
        {'model': name, 'columns': [...]}      places listed by a model
        {'between_as_ofs': model, 'instant': column, 'columns': [...]}   places of rows whose instant the moving as-of passed
        {'matured_after_days': n}              dates whose window closed (or opened again) by moving the as-of
        {'everything': true}                   a small table, computed whole; only its changed rows go on
    Anything else is a compile error (macros/configuration.sql).
#}

{# What this run changed in a model: its old and new rows. #}
{% macro changes_of(model_name) -%}
    {{ return(api.Relation.create(database=this.database, schema='changes', identifier=model_name)) }}
{%- endmacro %}

{% macro is_affected_everywhere() -%}
    {{ return(config.get('affected_by') | selectattr('everything', 'defined') | list | length > 0) }}
{%- endmacro %}

{# The places of a reason: its columns, named as those of scope_key. #}
{% macro places_of(reason) -%}
    {%- for column in reason.get('columns', config.get('scope_key')) -%}
        {{ column }} as {{ config.get('scope_key')[loop.index0] }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The places to compute again: one row per place, columns named as scope_key. #}
{% macro affected_places() -%}
    {% for reason in config.get('affected_by') %}
        {% set columns = reason.get('columns', config.get('scope_key')) %}
        {% if reason.get('pending') %}
        select {{ places_of(reason) }}
        from {{ source('raw', reason['pending']) }}
        where _landing_seq > {{ published_seq(reason['pending']) }}
            or _batch_id in (
                select batch_id from {{ source('raw', 'revocations') }} where revocation_seq > {{ published_seq(reason['pending']) }}
            )
        {% elif reason.get('matured_after_days') is not none %}
        select business_date as {{ config.get('scope_key')[0] }}
        from {{ ref('std_calendar') }}
        where {{ matures_at('business_date', reason['matured_after_days']) }} > {{ as_of_low() }}
            and {{ matures_at('business_date', reason['matured_after_days']) }} <= {{ as_of_high() }}
        {% elif reason.get('between_as_ofs') %}
        select {{ places_of(reason) }}
        from {{ ref(reason['between_as_ofs']) }}
        where {{ is_between_as_ofs(reason['instant']) }}
        {% elif reason.get('reach_days') %}
        select {{ add_days('places.' ~ columns[0], 'reach.business_days') }} as {{ config.get('scope_key')[0] }}
        from {{ changes_of(reason['changes']) }} as places
        cross join {{ numbers_to(reason['reach_days']) }}
        where places.{{ columns[0] }} is not null
        {% else %}
        select {{ places_of(reason) }}
        from {{ ref(reason['model']) if reason.get('model') else changes_of(reason['changes']) }}
        where {{ columns | join(' is not null and ') }} is not null
        {% endif %}
        {{ 'union' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{# The last place in landing order of a feed that a publication has seen. #}
{% macro published_seq(feed) -%}
    (select published_seq from {{ source('meta', 'watermarks') }} where feed = '{{ feed }}')
{%- endmacro %}

{% macro numbers_to(last) -%}
    {{ return(adapter.dispatch('numbers_to')(last)) }}
{%- endmacro %}

{% macro duckdb__numbers_to(last) -%}
    (select unnest(range(0, {{ last + 1 }})) as business_days) as reach
{%- endmacro %}

{% macro spark__numbers_to(last) -%}
    (select explode(sequence(0, {{ last }})) as business_days) as reach
{%- endmacro %}

{# The places of this model to compute again, listed once before its SQL runs (see get_affected_sql). #}
{% macro scope() -%}
    {{ return(adapter.dispatch('scope')()) }}
{%- endmacro %}

{% macro duckdb__scope() -%}
    affected_scope
{%- endmacro %}

{% macro spark__scope() -%}
    {{ scratch_table('scope') }}
{%- endmacro %}

{#
    The condition that keeps a query inside the scope; `true` where the model is computed whole.
    `columns` are the columns of the query at hand, in the order of scope_key (default: the same names).
#}
{% macro in_scope(columns=none) -%}
    {% if not execute -%}
        {#- dbt learns here what the model reads; while it parses, a config set by the folder is all that is known. -#}
        {% for reason in model.config.get('affected_by') or [] if reason.get('model') %}{% do ref(reason['model']) %}{% endfor %}
        true
    {%- elif not is_incremental() or is_affected_everywhere() -%}
        true
    {%- else -%}
        ({{ (columns or config.get('scope_key')) | join(', ') }}) in (select {{ config.get('scope_key') | join(', ') }} from {{ scope() }})
    {%- endif %}
{%- endmacro %}

{# Lists the scope, for in_scope() to read, and makes room for what will differ. The first of the two steps of an incremental model. #}
{% macro get_scope_sql(target_relation) -%}
    create table if not exists {{ changes_of(target_relation.identifier) }} as
    select {{ compared_columns() }} from {{ target_relation }} where false;

    {% if not is_affected_everywhere() %}
    create or replace temporary table {{ scope() }} as
    {{ affected_places() }};
    {% endif %}
{%- endmacro %}

{% macro is_scope_empty() -%}
    {{ return(not is_affected_everywhere() and run_query('select 1 from ' ~ scope() ~ ' limit 1').rows | length == 0) }}
{%- endmacro %}

{#
    Brings the scope of a table to the rows its SQL now gives for it, and keeps what differs in changes.<model>. Only rows whose key
    has a difference are written: a scope is often many times what changed in it. One script, run inside the model's transaction.
#}
{% macro get_affected_sql(target_relation, compiled_code) -%}
    {%- set key = row_key() | join(', ') -%}
    create or replace temporary table new_rows as
    {{ compiled_code }};

    -- Each row that only one side has, or has more often: _surplus tells which.
    create or replace temporary table differing as
    select * exclude (_side), sum(_side) as _surplus
    from (
        select *, 1 as _side from new_rows
        union all by name
        select *, -1 as _side from {{ target_relation }} where {{ in_scope() }}
    ) as both_sides
    group by all
    having _surplus <> 0;

    insert into {{ changes_of(target_relation.identifier) }} by name
    select {{ compared_columns() }}
    from differing
    group by {{ compared_columns() }}
    having sum(_surplus) <> 0;

    -- Never outside the scope: a row there with the key of a new one is a scope that misses something, which the key's test tells.
    delete from {{ target_relation }} where ({{ key }}) in (select {{ key }} from differing) and {{ in_scope() }};

    insert into {{ target_relation }} by name
    select * from new_rows where ({{ key }}) in (select {{ key }} from differing);

    drop table new_rows;
    drop table differing;
{%- endmacro %}

{# The columns that tell a model's rows apart: those of its data test key_is_unique; without one, rows are told apart by their place. #}
{% macro row_key() -%}
    {% for node in graph.nodes.values() if node.resource_type == 'test' and node.attached_node == model.unique_id %}
        {% if (node.test_metadata or {}).get('name') == 'key_is_unique' %}
            {{ return(node.test_metadata.kwargs.columns) }}
        {% endif %}
    {% endfor %}
    {{ return(config.get('scope_key')) }}
{%- endmacro %}

{#
    Metadata (leading underscore) changes with every landing, a derived column follows from rows that are compared themselves; only a
    changed fact affects anything.
#}
{% macro compared_columns() -%}
    {% set names = [] %}
    {% set derived = config.get('derived_columns', []) %}
    {% for name in model.columns if not name.startswith('_') and name not in derived %}{% do names.append(adapter.quote(name)) %}{% endfor %}
    {{ return(names | join(', ')) }}
{%- endmacro %}
