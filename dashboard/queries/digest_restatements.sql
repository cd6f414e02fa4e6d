-- Grain: one row per table_name and cause: how many published figures changed since the period began.
select
    table_name,
    cause,
    count(*) as figure_count
from digest_changes
group by table_name, cause
order by count(*) desc, table_name, cause
