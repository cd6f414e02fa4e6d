{# Fails with every key that stands on more than one row or is incomplete: unique and not null over all key columns in one query. #}
{% test key_is_unique(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {{ columns | join(' is null or ') }} is null

{% endtest %}
