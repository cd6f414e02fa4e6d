-- Grain: one row per business_date and cause: net revenue of all businesses that was published, and changed since the period began.
select
    cast(json_extract_string(key, '$.business_date') as date) as business_date,
    cast(first_published_value as decimal(18, 2)) as first_published_cny,
    cast(current_value as decimal(18, 2)) as current_cny,
    cause
from digest_changes
where table_name = 'core_daily'
    and column_name = 'net_revenue_cny'
    and json_extract_string(key, '$.business_type') = 'all'
order by business_date desc, cause
