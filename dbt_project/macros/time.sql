{# "Now" of this run, UTC. Nothing at or after it has happened. #}
{% macro as_of() -%}
    cast('{{ var("as_of") }}' as timestamp)
{%- endmacro %}

{% macro as_of_low() -%}
    cast('{{ var("as_of_low") }}' as timestamp)
{%- endmacro %}

{% macro as_of_high() -%}
    cast('{{ var("as_of_high") }}' as timestamp)
{%- endmacro %}

{#
    Whether an instant became past, or ceased to be, by the as-ofs tried since the last publication. Both ends are included: what is
    known at the as-of itself counts (R19), though what happens at it has not happened.
#}
{% macro is_between_as_ofs(instant) -%}
    ({{ instant }} >= {{ as_of_low() }} and {{ instant }} <= {{ as_of_high() }})
{%- endmacro %}

{# What the clock of the business shows at a UTC instant. #}
{% macro business_time(instant) -%}
    {{ return(adapter.dispatch('business_time')(instant)) }}
{%- endmacro %}

{# DuckDB looks a time zone up ten times as slowly as it adds, so one that is always as far ahead is added. #}
{% macro duckdb__business_time(instant) -%}
    {%- set minutes = var("business_utc_offset_minutes") -%}
    {%- if minutes is none -%}
        (({{ instant }}) at time zone 'UTC' at time zone '{{ var("business_time_zone") }}')
    {%- else -%}
        (({{ instant }}) + interval '{{ minutes }} minutes')
    {%- endif -%}
{%- endmacro %}

{% macro spark__business_time(instant) -%}
    from_utc_timestamp({{ instant }}, '{{ var("business_time_zone") }}')
{%- endmacro %}

{# The business date of a UTC instant (R1). #}
{% macro business_date(instant) -%}
    cast({{ business_time(instant) }} as date)
{%- endmacro %}

{# The UTC instant at which a business date begins. #}
{% macro start_of_business_date(date) -%}
    {{ return(adapter.dispatch('start_of_business_date')(date)) }}
{%- endmacro %}

{% macro duckdb__start_of_business_date(date) -%}
    {%- set minutes = var("business_utc_offset_minutes") -%}
    {%- if minutes is none -%}
        (cast({{ date }} as timestamp) at time zone '{{ var("business_time_zone") }}' at time zone 'UTC')
    {%- else -%}
        (cast({{ date }} as timestamp) - interval '{{ minutes }} minutes')
    {%- endif -%}
{%- endmacro %}

{% macro spark__start_of_business_date(date) -%}
    to_utc_timestamp(cast({{ date }} as timestamp), '{{ var("business_time_zone") }}')
{%- endmacro %}

{% macro as_of_date() -%}
    {{ business_date(as_of()) }}
{%- endmacro %}

{# The last instant that has happened. #}
{% macro last_instant() -%}
    ({{ as_of() }} - interval '1 microsecond')
{%- endmacro %}

{# The hour of the business day, 0 to 23, that a UTC instant lies in. #}
{% macro business_hour(instant) -%}
    cast(extract(hour from {{ business_time(instant) }}) as bigint)
{%- endmacro %}

{# The end of a row dated by a business date: the end of the date, or the as-of if earlier (R19, R22). #}
{% macro end_of_row(date) -%}
    least({{ start_of_business_date(add_days(date, 1)) }}, {{ as_of() }})
{%- endmacro %}

{# The end of a row of a month, named by its first date: the end of the month, or the as-of if earlier. #}
{% macro end_of_month_row(month) -%}
    least({{ start_of_business_date('cast(' ~ month ~ " + interval '1' month as date)") }}, {{ as_of() }})
{%- endmacro %}

{# Days added to a date, as a date. #}
{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days')(date, days)) }}
{%- endmacro %}

{% macro duckdb__add_days(date, days) -%}
    cast({{ date }} + cast({{ days }} as integer) as date)
{%- endmacro %}

{% macro spark__add_days(date, days) -%}
    date_add({{ date }}, cast({{ days }} as int))
{%- endmacro %}

{# The first date of a date's month. #}
{% macro month_of(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}

{# Days between two dates, later minus earlier. #}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch('days_between')(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    ({{ later }} - {{ earlier }})
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{#
    The end of a validity, far off where there is none. Comparing with it keeps a join to comparisons between its sides;
    `end is null or …` would make DuckDB compare every pair of rows.
#}
{% macro or_never(date) -%}
    coalesce({{ date }}, cast('9999-12-31' as date))
{%- endmacro %}

{# The same for a validity between instants. #}
{% macro or_never_at(instant) -%}
    coalesce({{ instant }}, cast('9999-12-31 00:00:00' as timestamp))
{%- endmacro %}

{# The start of a validity that reaches back over all time. #}
{% macro ever() -%}
    cast('0001-01-01 00:00:00' as timestamp)
{%- endmacro %}

{# Whether a row of a relation with valid_from and valid_to (exclusive) is the one valid at a moment. #}
{% macro is_valid_at(relation, moment) -%}
    {{ relation }}.valid_from <= {{ moment }}
        and {{ or_never_at(relation ~ '.valid_to') }} > {{ moment }}
{%- endmacro %}

{# Whole and fractional seconds between two instants, in microseconds: exact, so that windows compare exactly. #}
{% macro microseconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('microseconds_between')(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__microseconds_between(earlier, later) -%}
    (epoch_us({{ later }}) - epoch_us({{ earlier }}))
{%- endmacro %}

{% macro spark__microseconds_between(earlier, later) -%}
    (unix_micros({{ later }}) - unix_micros({{ earlier }}))
{%- endmacro %}

{# Whether a later instant lies within hours of an earlier one, the end exclusive. #}
{% macro is_within_hours(earlier, later, hours) -%}
    ({{ microseconds_between(earlier, later) }} < cast({{ hours }} as bigint) * 3600000000)
{%- endmacro %}

{# The instant at which a row dated by a business date has seen its whole window (R9). #}
{% macro matures_at(date, window_days) -%}
    ({{ start_of_business_date(add_days(date, 1)) }} + interval '{{ window_days }}' day)
{%- endmacro %}

{# One row per date from first to last, both included. #}
{% macro date_spine(first_date, last_date) -%}
    {{ return(adapter.dispatch('date_spine')(first_date, last_date)) }}
{%- endmacro %}

{% macro duckdb__date_spine(first_date, last_date) -%}
    select cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as date) as business_date
{%- endmacro %}

{% macro spark__date_spine(first_date, last_date) -%}
    select explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day)) as business_date
{%- endmacro %}
