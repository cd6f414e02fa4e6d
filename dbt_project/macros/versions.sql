{# The condition on a raw feed that leaves out the rows of withdrawn batches. #}
{% macro is_not_revoked() -%}
    _batch_id not in (select batch_id from {{ source('raw', 'batches') }} where status = 'revoked')
{%- endmacro %}

{#
    Current versions of a feed's keys: the row with the greatest (updated_at, landing order) wins (R16).
    A row without updated_at is the oldest of its key. `key` holds expressions over the raw columns, in the order of scope_key;
    an incremental run reads only the keys in scope.
#}
{% macro latest_versions(feed, key, has_updated_at=true) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by {% if has_updated_at %}updated_at desc nulls last, {% endif %}_landing_seq desc
            ) as _version_rank
        from {{ source('raw', feed) }}
        where {{ in_scope(key) }} and {{ is_not_revoked() }}
    )
    where _version_rank = 1
{%- endmacro %}
