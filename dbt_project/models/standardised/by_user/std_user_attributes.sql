-- Grain: one row per user_id and valid_from: what was known of the user from then until valid_to, the end exclusive (R19).
-- A user's first row reaches back over all time before it. An empty value, `unknown` and a deleted version say nothing.
{{ config(affected_by=[{'changes': 'stg_user_versions'}], derived_columns=['valid_to']) }}

{% set unknown = {'country_code': 'ZZ', 'acquisition_channel': 'unknown', 'gender': 'unknown'} %}

with versions as (
    select * from {{ ref('stg_user_versions') }} where not is_deleted and {{ in_scope() }}
),

known as (
    select
        user_id,
        updated_at,
        landing_seq,
        case when country_code not in ('ZZ', 'UNKNOWN') then country_code end as country_code,
        case when lower(acquisition_channel) <> 'unknown' then acquisition_channel end as acquisition_channel,
        case when gender in ('female', 'male') then gender end as gender
    from versions
),

-- How many values were known by then: versions that say nothing share the number of the last one that did.
numbered as (
    select
        *,
        {% for attribute in unknown %}
        count({{ attribute }}) over (
            partition by user_id order by updated_at, landing_seq rows between unbounded preceding and current row
        ) as {{ attribute }}_no,
        {% endfor %}
        row_number() over (partition by user_id order by updated_at, landing_seq) as version_no,
        lead(updated_at) over (partition by user_id order by updated_at, landing_seq) as next_updated_at
    from known
),

-- Each number has one value; those before the first take the first.
filled as (
    select
        {% for attribute, default in unknown.items() %}
        coalesce(
            max({{ attribute }}) over (partition by user_id, greatest({{ attribute }}_no, 1)), '{{ default }}'
        ) as {{ attribute }},
        {% endfor %}
        user_id,
        updated_at,
        version_no,
        next_updated_at
    from numbered
),

-- Of several versions of an instant the last landed speaks from then on; the first of all speaks for what was before.
starting as (
    select
        user_id,
        case when version_no = 1 then {{ ever() }} else updated_at end as valid_from,
        version_no,
        {{ unknown.keys() | join(', ') }}
    from filled
    where version_no = 1 or next_updated_at is null or next_updated_at > updated_at
),

compared as (
    select
        {% for attribute in unknown %}
        lag({{ attribute }}) over (partition by user_id order by version_no) as previous_{{ attribute }},
        {% endfor %}
        *
    from starting
),

changed as (
    select *
    from compared
    where version_no = 1
        or country_code <> previous_country_code
        or acquisition_channel <> previous_acquisition_channel
        or gender <> previous_gender
)

select
    user_id,
    country_code,
    acquisition_channel,
    gender,
    valid_from,
    lead(valid_from) over (partition by user_id order by version_no) as valid_to
from changed
