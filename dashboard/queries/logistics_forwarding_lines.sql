-- Grain: one row per line_code: what became of the parcel orders shipped in the last 180 business dates whose window has passed. Cohort.
select
    transit.line_code,
    cast(sum(transit.shipped_count) as bigint) as shipped_count,
    cast(sum(transit.delivered_count) as bigint) as delivered_count,
    cast(sum(transit.on_time_count) as bigint) as on_time_count,
    cast(sum(transit.lost_count) as bigint) as lost_count,
    cast(sum(transit.returned_count) as bigint) as returned_count,
    cast(sum(transit.seized_count) as bigint) as seized_count
from published.marts.forwarding_transit_daily as transit
inner join shown_dates
    on transit.shipped_date = shown_dates.business_date
where transit.is_mature
group by transit.line_code
order by sum(transit.shipped_count) desc, transit.line_code
