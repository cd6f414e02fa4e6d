-- Grain: one row per registered country_code: users who paid for the first time in the last 30 business dates. Flow.
select
    segments.country_code,
    cast(sum(segments.new_user_count) as bigint) as new_user_count
from published.marts.users_segments_daily as segments
inner join shown_dates
    on segments.business_date = shown_dates.business_date
where shown_dates.is_recent
group by segments.country_code
having sum(segments.new_user_count) > 0
order by sum(segments.new_user_count) desc, segments.country_code
