"""How every measure of every published table comes from its evidence: declared once, as data.

It says the same as the marts in other words: an explanation is a second calculation.
"""

from orchestration.explain.figures import core, forwarding, orders, users
from orchestration.explain.figures.measures import Spec

SPECS: dict[str, dict[str, Spec]] = {
    **core.FIGURES,
    **orders.FIGURES,
    **forwarding.FIGURES,
    **users.FIGURES,
}

# What the published row `f` is completed with, beside run_as_of_at and run_as_of_date: bounds of windows.
BOUNDS = {
    "core_periods": """
        {start_at} as from_at,
        least(run_as_of_at, {end_at}) as to_at,
        {previous_start_at} as previous_from_at,
        least({previous_start_at} + (least(run_as_of_at, {end_at}) - {start_at}), {start_at})
            as previous_to_at
    """,
    "core_hourly": "{hour_at} as from_at",
    "users_cohort_monthly": """
        cast(cohort_month + to_months(cast(months_since as integer)) as date) as activity_month
    """,
}

# Columns that are no sum, count, level, ratio or rank of rows, and what they are.
STATED = {
    "is_complete": "whether payments and the type's order feeds had spoken by the row's end: explain core_freshness",
    "is_mature": "whether the window after the row's date has passed at the as-of",
    "period_start_date": "a bound of the period",
    "period_end_date": "a bound of the period",
    "previous_period_start_date": "a bound of the preceding period",
    "as_of_at": "the as-of of the publication",
    "rate_source": "the source of rate_cny: explain that",
    "rate_date": "the date of rate_cny: explain that",
}
