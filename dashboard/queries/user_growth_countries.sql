-- Grain: one row per country_code of a payer. Money is published for the country without days, so it stays in CNY.
select
    paying_user_rank_30d,
    country_code,
    paying_user_count_30d,
    net_revenue_cny_30d,
    paying_user_count,
    net_revenue_cny
from published.marts.users_geography
order by paying_user_rank_30d
