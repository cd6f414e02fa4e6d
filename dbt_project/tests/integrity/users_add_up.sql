-- New and returning users are the paying users, and a shorter window never holds more buyers than a longer one.
-- Fails with each date that is not so.
{{ config(meta={'dagster': {'ref': {'name': 'users_daily'}}}) }}

select *
from {{ ref('users_daily') }}
where new_user_count + returning_user_count <> paying_user_count
    or returning_user_count < 0
    or not (paying_user_count <= active_buyers_7d and active_buyers_7d <= active_buyers_30d)
