{#
    By key, as plain dbt has it: a table takes up what landed or changed in the tables it is made of, by the keys of the rows as they stand
    now. Where a row stood before, what a rate or a user changes beneath it, and what the clock passed are not followed.
#}
{% macro affected_places() -%}
    {% set followed = [] %}
    {% for reason in config.get('affected_by') if reason.get('pending') or reason.get('changes') or reason.get('model') %}
        {% do followed.append(reason) %}
    {% endfor %}
    {% for reason in followed %}
        {% set columns = reason.get('columns', config.get('scope_key')) %}
        {% if reason.get('pending') %}
        select {{ places_of(reason) }}
        from {{ source('raw', reason['pending']) }}
        where _landing_seq > {{ published_seq(reason['pending']) }}
        {% elif reason.get('model') %}
        select {{ places_of(reason) }} from {{ ref(reason['model']) }}
        {% else %}
        select {{ places_of(reason) }}
        from ({{ changed_rows_now(reason['changes']) }}) as places
        where {{ columns | join(' is not null and ') }} is not null
        {% endif %}
        {{ 'union' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{# The rows of a model that are new or otherwise than before; of what changed, not what it was. #}
{% macro changed_rows_now(model_name) -%}
    {% set changes = changes_of(model_name) %}
    {% set names = adapter.get_columns_in_relation(changes) | map(attribute='quoted') | join(', ') %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.name == model_name %}
    select {{ names }} from {{ changes }}
    intersect
    select {{ names }} from {{ node.schema }}.{{ node.name }}
    {% endfor %}
{%- endmacro %}
