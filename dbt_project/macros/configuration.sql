{#
    What a model of this project may be configured with. The project's materialisations leave out much that dbt's own do; what
    they would pass over in silence, and any reason of `affected_by` that says nothing, is a compile error that names the model.
#}
{% macro check_configuration() -%}
    {% for setting in ['pre-hook', 'post-hook', 'grants', 'unique_key', 'incremental_predicates', 'sql_header', 'indexes'] if model.config.get(setting) %}
        {% do refuse(setting ~ ' is set, which the materialisations of this project do not carry out') %}
    {% endfor %}
    {% if model.config.materialized == 'incremental' %}
        {% if model.config.get('incremental_strategy') != 'affected' %}
            {% do refuse("incremental_strategy must be 'affected'") %}
        {% endif %}
        {% if model.config.on_schema_change != 'fail' %}
            {% do refuse("on_schema_change must be 'fail': a table of another shape is built whole, never changed") %}
        {% endif %}
        {% do check_affected_by(config.get('affected_by'), config.get('scope_key') or []) %}
    {% endif %}
{%- endmacro %}

{% macro refuse(what) -%}
    {% do exceptions.raise_compiler_error(model.name ~ ': ' ~ what ~ '.') %}
{%- endmacro %}

{% macro check_affected_by(reasons, scope_key) -%}
    {% if not reasons or reasons is string or reasons is mapping %}
        {% do refuse('affected_by must list at least one reason') %}
    {% endif %}
    {% for column in scope_key if column not in model.columns %}
        {% do refuse("scope_key names '" ~ column ~ "', which is no column of the model") %}
    {% endfor %}
    {% for reason in reasons %}
        {% do check_reason(reason, scope_key) %}
    {% endfor %}
{%- endmacro %}

{% macro check_reason(reason, scope_key) -%}
    {#- The keys that each kind may have beside its own, and those it must have. -#}
    {% set allowed = {
        'changes': ['columns', 'reach_days'],
        'pending': ['columns'],
        'model': ['columns'],
        'between_as_ofs': ['columns', 'instant'],
        'matured_after_days': [],
        'everything': [],
    } %}
    {% set kinds = allowed.keys() | select('in', reason) | list if reason is mapping else [] %}
    {% if kinds | length != 1 %}
        {% do refuse('affected_by has ' ~ reason ~ '; a reason is one of ' ~ allowed.keys() | join(', ')) %}
    {% endif %}
    {% set kind = kinds[0] %}
    {% for key in reason if key not in kinds + allowed[kind] %}
        {% do refuse("affected_by has '" ~ key ~ "' in " ~ reason ~ '; ' ~ kind ~ ' takes ' ~ (allowed[kind] | join(', ') or 'nothing else')) %}
    {% endfor %}
    {% set columns = reason.get('columns', scope_key) %}
    {% if kind == 'everything' %}
        {{ return(none) }}
    {% endif %}
    {% if not scope_key %}
        {% do refuse('scope_key is missing') %}
    {% endif %}
    {% if columns | length != scope_key | length %}
        {% do refuse('affected_by has ' ~ columns | length ~ ' columns in ' ~ reason ~ '; scope_key has ' ~ scope_key | length) %}
    {% endif %}
    {% if (kind == 'matured_after_days' or 'reach_days' in reason) and scope_key | length != 1 %}
        {% do refuse('affected_by has ' ~ reason ~ ', which gives dates; scope_key must be one date') %}
    {% endif %}
    {% if kind == 'between_as_ofs' and 'instant' not in reason %}
        {% do refuse('affected_by has ' ~ reason ~ ' without an instant') %}
    {% endif %}
    {% if kind == 'pending' %}
        {% do check_is_read('source.' ~ project_name ~ '.raw.' ~ reason[kind], reason, []) %}
    {% else %}
        {% do check_is_read(
            'model.' ~ project_name ~ '.' ~ ('std_calendar' if kind == 'matured_after_days' else reason[kind]),
            reason,
            [] if kind == 'matured_after_days' else columns + ([reason['instant']] if 'instant' in reason else [])
        ) %}
    {% endif %}
{%- endmacro %}

{# A reason may name only what the model reads, or dbt would not build it first; and only columns it has. #}
{% macro check_is_read(unique_id, reason, columns) -%}
    {% set name = unique_id.split('.')[-1] %}
    {% if unique_id not in graph.nodes and unique_id not in graph.sources %}
        {% do refuse("affected_by names '" ~ name ~ "' in " ~ reason ~ ', which does not exist') %}
    {% endif %}
    {% if unique_id not in model.depends_on.nodes %}
        {% do refuse("affected_by names '" ~ name ~ "' in " ~ reason ~ ', which the model does not read') %}
    {% endif %}
    {% set known = graph.nodes[unique_id].columns if unique_id in graph.nodes else {} %}
    {% for column in columns if known and column not in known %}
        {% do refuse("affected_by names '" ~ column ~ "' in " ~ reason ~ ', which is no column of ' ~ name) %}
    {% endfor %}
{%- endmacro %}
