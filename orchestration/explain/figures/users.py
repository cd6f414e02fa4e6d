"""Figures of User Growth."""

from dataclasses import replace

from orchestration.explain.evidence import money, orders, people
from orchestration.explain.figures.measures import (
    DISTINCT_USERS,
    LAST_30_DATES,
    SUM,
    SUM_OF_KNOWN,
    Measure,
    Rank,
    Ratio,
    Spec,
    match_of,
    money_figures,
    same,
)


def _users_daily() -> dict[str, Spec]:
    payers = Measure(people.PAYING_DAYS, same("business_date"), where="e.business_type = 'all'")
    traffic = Measure(people.TRAFFIC, match_of(business_date="e.traffic_date"), SUM_OF_KNOWN)
    return {
        "registered_user_count": Measure(people.USERS, match_of(business_date="e.registered_date")),
        "paying_user_count": payers,
        "new_user_count": replace(payers, where=f"{payers.where} and e.is_new"),
        "returning_user_count": replace(payers, where=f"{payers.where} and not e.is_new"),
        **{
            f"active_buyers_{days}d": replace(
                payers,
                match=f"e.business_date > f.business_date - {days} and e.business_date <= f.business_date",
                total=DISTINCT_USERS,
                note=f"Each user once, however often they paid on the {days} dates.",
            )
            for days in (7, 30)
        },
        "visitor_count": replace(traffic, value="e.visitor_count"),
        "session_count": replace(traffic, value="e.session_count"),
    }


def _users_monthly() -> dict[str, Spec]:
    attributes = ("country_code", "acquisition_channel", "gender")
    payers = Measure(people.PAYING_MONTHS, same("month", "business_type", *attributes))
    of_month = f"{same('month')} and " + match_of(**{name: f"e.month_{name}" for name in attributes})
    of_type = "(f.business_type = 'all' or e.business_type = f.business_type)"
    movements = people.in_month_of_user(money.MOVEMENTS, "business_date")
    figures = money_figures(movements, f"{of_month} and {of_type}")
    return {
        "paying_user_count": payers,
        "new_user_count": replace(payers, where="e.is_new"),
        "returning_user_count": replace(payers, where="not e.is_new"),
        "paid_order_count": Measure(
            people.in_month_of_user(orders.PAID_ORDERS, "paid_date"),
            f"{of_month} and {of_type}",
            "count(distinct order_key)",
            note="An order that counts in two types is one order of `all`.",
        ),
        "gross_paid_cny": figures["gross_paid_cny"],
        "net_revenue_cny": figures["net_revenue_cny"],
    }


def _users_segments_daily() -> dict[str, Spec]:
    attributes = ("country_code", "acquisition_channel", "gender")
    on_date = same("business_date", *attributes)
    payers = Measure(people.PAYING_DAYS, on_date, where="e.business_type = 'all'")
    return {
        "registered_user_count": Measure(
            people.USERS, f"{match_of(business_date='e.registered_date')} and {same(*attributes)}"
        ),
        "paying_user_count": payers,
        "new_user_count": replace(payers, where=f"{payers.where} and e.is_new"),
        "net_revenue_cny": money_figures(people.MOVEMENTS_OF_USER_DAYS, on_date)["net_revenue_cny"],
    }


def _users_conversion_daily() -> dict[str, Spec]:
    registered = Measure(people.USERS, same("registered_date", "acquisition_channel"))

    def paid_within(days: int) -> Measure:
        return Measure(
            people.USERS_AND_FIRST_PAYMENTS,
            registered.match,
            where=f"e.first_paid_at < e.registered_at + to_days({days})",
        )

    return {
        "registered_user_count": registered,
        "paid_7d_count": paid_within(7),
        "paid_30d_count": paid_within(30),
        "paid_30d_ratio": Ratio("paid_30d_count", "registered_user_count"),
    }


def _users_cohort_monthly() -> dict[str, Spec]:
    # A refund cannot come before the cohort's first month; dated earlier by its source, it belongs there.
    month = "greatest(cast(date_trunc('month', e.business_date) as date), e.cohort_month)"
    is_over = "f.activity_month < date_trunc('month', f.run_as_of_date)"
    not_over = "NULL while the month is not over."
    return {
        "cohort_user_count": Measure(
            people.FIRST_PAYMENTS,
            match_of(cohort_month="e.first_paid_month"),
            where="e.business_type = 'all'",
        ),
        "active_user_count": Measure(
            people.PAYING_DAYS,
            f"{same('cohort_month')} and {month} = f.activity_month",
            DISTINCT_USERS,
            where="e.business_type = 'all'",
            measurable=is_over,
            note=not_over,
        ),
        "retention_ratio": Ratio("active_user_count", "cohort_user_count"),
        "net_revenue_cny": Measure(
            people.COHORT_MOVEMENTS,
            f"{same('cohort_month')} and {month} <= f.activity_month",
            SUM,
            "e.amount_cny",
            measurable=is_over,
            note=f"Cumulative since the cohort's first month. {not_over}",
        ),
    }


def _users_geography() -> dict[str, Spec]:
    located = match_of(country_code="e.located_country_code")
    found: dict[str, Spec] = {}
    for suffix, window in (("", "true"), ("_30d", LAST_30_DATES.format(date="business_date"))):
        found |= {
            f"paying_user_count{suffix}": Measure(
                people.LOCATED_PAYING_DAYS, f"{located} and {window}", DISTINCT_USERS
            ),
            f"net_revenue_cny{suffix}": Measure(
                people.LOCATED_MOVEMENTS, f"{located} and {window}", SUM, "e.amount_cny"
            ),
            f"paying_user_rank{suffix}": Rank((f"paying_user_count{suffix} desc", "country_code")),
            f"net_revenue_rank{suffix}": Rank((f"net_revenue_cny{suffix} desc", "country_code")),
        }
    return found


FIGURES: dict[str, dict[str, Spec]] = {
    "users_daily": _users_daily(),
    "users_monthly": _users_monthly(),
    "users_segments_daily": _users_segments_daily(),
    "users_conversion_daily": _users_conversion_daily(),
    "users_cohort_monthly": _users_cohort_monthly(),
    "users_geography": _users_geography(),
}
