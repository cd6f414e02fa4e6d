-- Grain: one row per gender: paying users of the month of the as-of; a user stands in one row of a month. Flow.
select
    gender,
    cast(sum(paying_user_count) as bigint) as paying_user_count
from published.marts.users_monthly
where business_type = 'all'
    and month = (select max(latest.month) from published.marts.users_monthly as latest)
group by gender
having sum(paying_user_count) > 0
order by sum(paying_user_count) desc, gender
