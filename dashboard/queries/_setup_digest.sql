-- What the queries of a digest are about, made anew for each period.
-- Grain: one row per period: this and the one before it.
create or replace temp table digest_periods as
select 'this' as period, $span as span, $first as first_date, $last as last_date
union all
select 'before', $span, $previous_first, cast($first - interval 1 day as date);

-- Grain: one row per published figure and cause that changed it in a run as of an instant from `since` (UTC) on.
create or replace temp table digest_changes as
select restatements.*
from published.audit.restatements
left join published.audit.runs
    on restatements.run_id = runs.run_id
where coalesce(runs.as_of_at, restatements.restated_at) >= $since;
