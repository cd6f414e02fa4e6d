{#
    The affected set: what changed, in both its old and its new place, is what is computed again (docs/architecture.md).

    A model that takes part is configured with
        materialized='incremental', incremental_strategy='affected',
        scope_key=[its own columns that name the places it computes again],
        affected_by=[one entry per reason]
    and filters its inputs with `{{ in_scope() }}`. An entry of `affected_by` is one of
        {'changes': model, 'columns': [...]}   places of the rows that this run changed in another model
        {'changes': model, 'columns': [one], 'reach_days': n}   a date and the n dates after it
        {'pending': feed, 'columns': [...]}    keys of the rows landed since the last publication
        {'model': name, 'columns': [...]}      places listed by a model
        {'between_as_ofs': model, 'instant': column, 'columns': [...]}   places of rows whose instant the moving as-of passed
        {'matured_after_days': n}              dates whose window closed (or opened again) by moving the as-of
        {'everything': true}                   a small table, computed whole; only its changed rows go on
#}

{% macro changes_of(model_name) -%}
    {{ return(api.Relation.create(database=target.database, schema='changes', identifier=model_name)) }}
{%- endmacro %}

{% macro is_affected_everywhere() -%}
    {% set whole = [] %}
    {% for reason in config.get('affected_by') if reason.get('everything') %}{% do whole.append(1) %}{% endfor %}
    {{ return(whole | length > 0) }}
{%- endmacro %}

{# The places to compute again: one row per place, columns named as scope_key. #}
{% macro affected_places() -%}
    {% set scope_key = config.get('scope_key') %}
    {% for reason in config.get('affected_by') %}
        {% if not loop.first %}union{% endif %}
        {% if reason.get('pending') %}
        select {% for column in reason['columns'] %}{{ column }} as {{ scope_key[loop.index0] }}{{ ", " if not loop.last }}{% endfor %}

        from {{ source('raw', reason['pending']) }}
        where _landing_seq > (
            select published_seq from {{ source('meta', 'watermarks') }} where feed = '{{ reason['pending'] }}'
        )
        {#- The calibration takes up landings in stages, to measure what each accounts for. -#}
        {% if var('pending_feeds', none) is not none and reason['pending'] not in var('pending_feeds') %} and false{% endif %}
        {% elif reason.get('matured_after_days') is not none %}
        select business_date as {{ scope_key[0] }}
        from {{ ref('std_calendar') }}
        where {{ matures_at('business_date', reason['matured_after_days']) }} > {{ as_of_low() }}
            and {{ matures_at('business_date', reason['matured_after_days']) }} <= {{ as_of_high() }}
        {% elif reason.get('between_as_ofs') %}
        select {% for column in reason['columns'] %}{{ column }} as {{ scope_key[loop.index0] }}{{ ", " if not loop.last }}{% endfor %}

        from {{ ref(reason['between_as_ofs']) }}
        where {{ is_between_as_ofs(reason['instant']) }}
        {% elif reason.get('reach_days') %}
        select {{ add_days('places.' ~ reason['columns'][0], 'reach.business_days') }} as {{ scope_key[0] }}
        from {{ changes_of(reason['changes']) }} as places
        cross join {{ numbers_to(reason['reach_days']) }}
        where places.{{ reason['columns'][0] }} is not null
        {% else %}
        select {% for column in reason['columns'] %}{{ column }} as {{ scope_key[loop.index0] }}{{ ", " if not loop.last }}{% endfor %}

        from {{ ref(reason['model']) if reason.get('model') else changes_of(reason['changes']) }}
        where {% for column in reason['columns'] %}{{ column }} is not null{{ " and " if not loop.last }}{% endfor %}

        {% endif %}
    {% endfor %}
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

{#
    The condition that keeps a query inside the scope; `true` in a full refresh.
    `columns` are the columns of the query at hand, in the order of scope_key (default: the same names).
#}
{% macro in_scope(columns=none) -%}
    {% if not is_incremental() or is_affected_everywhere() -%}
        true
    {%- else -%}
        ({{ (columns or config.get('scope_key')) | join(', ') }}) in ({{ affected_places() }})
    {%- endif %}
{%- endmacro %}

{#
    Replaces the scope of a table by the rows its SQL now gives for it, and keeps what differs in changes.<model>.
    One script, run inside the model's transaction.
#}
{% macro get_affected_sql(target_relation, compiled_code) -%}
    {% set changes = changes_of(target_relation.identifier) %}
    {#- Metadata (leading underscore) changes with every landing; only a changed fact affects anything. -#}
    {% set compared = [] %}
    {% for name in model.columns if not name.startswith('_') %}{% do compared.append(adapter.quote(name)) %}{% endfor %}
    {% set compared = compared | join(', ') %}
    {% set scope = 'true' if is_affected_everywhere()
        else '(' ~ config.get('scope_key') | join(', ') ~ ') in (' ~ affected_places() ~ ')' %}

    create or replace temporary table new_rows as
    {{ compiled_code }};

    create or replace temporary table old_rows as
    select * from {{ target_relation }} where {{ scope }};

    create table if not exists {{ changes }} as
    select {{ compared }} from {{ target_relation }} where false;

    insert into {{ changes }} by name
    (select {{ compared }} from old_rows except all select {{ compared }} from new_rows)
    union all
    (select {{ compared }} from new_rows except all select {{ compared }} from old_rows);

    delete from {{ target_relation }} where {{ scope }};

    insert into {{ target_relation }} by name
    select * from new_rows;

    drop table new_rows;
    drop table old_rows;
{%- endmacro %}
