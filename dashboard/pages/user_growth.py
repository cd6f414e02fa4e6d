"""User Growth: registrations, payers, retention, conversion and where payers come from."""

from dashboard.formats import Kind
from dashboard.pages.context import MONEY_KEYS, TOP, Context, Measure, cny, period_measures
from dashboard.pages.model import Column, Page, Table

QUERIES = (
    "user_growth_daily",
    "user_growth_channels",
    "user_growth_countries_new",
    "user_growth_conversion",
    "user_growth_cohorts",
    "user_growth_countries",
)

_DAILY = (
    Measure("registered_user_count", Kind.COUNT, "users_daily", "registered_user_count"),
    Measure("new_user_count", Kind.COUNT, "users_daily", "new_user_count"),
    Measure("returning_user_count", Kind.COUNT, "users_daily", "returning_user_count"),
    Measure("active_buyers_7d", Kind.COUNT, "users_daily", "active_buyers_7d"),
    Measure("active_buyers_30d", Kind.COUNT, "users_daily", "active_buyers_30d"),
    Measure("visitor_count", Kind.COUNT, "users_daily", "visitor_count"),
)
_NEW = Measure("new_user_count", Kind.COUNT, "users_segments_daily", "new_user_count")
_CHANNELS = (
    Measure("registered_user_count", Kind.COUNT, "users_segments_daily", "registered_user_count"),
    _NEW,
    *cny("users_segments_daily", "net_revenue_cny"),
)
_CONVERSION = (
    Measure("registered_user_count", Kind.COUNT, "users_conversion_daily", "registered_user_count"),
    Measure("paid_7d_count", Kind.COUNT, "users_conversion_daily", "paid_7d_count"),
    Measure("paid_30d_count", Kind.COUNT, "users_conversion_daily", "paid_30d_count"),
    Measure("paid_30d_ratio", Kind.RATIO, "users_conversion_daily", "paid_30d_ratio"),
)
_COUNTRIES = (
    Measure("paying_user_count_30d", Kind.COUNT, "users_geography", "paying_user_count_30d"),
    *cny("users_geography", "net_revenue_cny_30d"),
    Measure("paying_user_count", Kind.COUNT, "users_geography", "paying_user_count"),
    *cny("users_geography", "net_revenue_cny"),
)
RETENTION_MONTHS = 7


def page(context: Context) -> Page:
    daily = context.rows("user_growth_daily")
    charts = [
        context.chart(
            "registrations",
            daily,
            _DAILY,
            ("registered_user_count", "new_user_count", "returning_user_count"),
        ),
        context.chart("active_buyers", daily, _DAILY, ("active_buyers_7d", "active_buyers_30d")),
    ]
    if any(row["visitor_count"] is not None for row in daily):
        charts.append(context.chart("visitors", daily, _DAILY, ("visitor_count",)))
    return Page(
        tiles=context.tiles(
            "all",
            period_measures("paying_user_count", "new_user_count", "returning_user_count", *MONEY_KEYS),
        ),
        charts=charts,
        donuts=[
            context.donut(
                "channel-shares",
                "new_by_channel",
                context.rows("user_growth_channels"),
                "acquisition_channel",
                _NEW,
            ),
            context.donut(
                "country-shares",
                "new_by_country",
                context.rows("user_growth_countries_new"),
                "country_code",
                _NEW,
            ),
        ],
        tables=[
            _retention(context),
            context.table(
                "conversion",
                "conversion",
                context.rows("user_growth_conversion"),
                ["acquisition_channel"],
                _CONVERSION,
                note=context.text("mature_180"),
            ),
            context.table(
                "channels",
                "channels_of_users",
                context.rows("user_growth_channels"),
                ["acquisition_channel"],
                _CHANNELS,
                note=context.text("last_30"),
            ),
            context.table(
                "countries",
                "countries_of_payers",
                context.rows("user_growth_countries"),
                ["country_code"],
                _COUNTRIES,
                note=context.text("geography_note"),
            ),
        ],
        daily=context.daily(daily, _DAILY),
    )


def _retention(context: Context) -> Table:
    """Cohorts by months since the first payment."""
    users = Measure("cohort_user_count", Kind.COUNT, "users_cohort_monthly", "cohort_user_count")
    retention = Measure("retention_ratio", Kind.RATIO, "users_cohort_monthly", "retention_ratio")
    cohorts: dict[object, list[object]] = {}
    for row in context.rows("user_growth_cohorts"):
        values = cohorts.setdefault(
            row["cohort_month"], [row["cohort_month"], row["cohort_user_count"], *[None] * RETENTION_MONTHS]
        )
        if row["months_since"] < RETENTION_MONTHS:
            values[2 + row["months_since"]] = row["retention_ratio"]
    definition = context.definition(retention)
    return Table(
        "retention",
        context.text("retention"),
        [
            Column(context.text("cohort_month"), Kind.MONTH),
            context.column(users),
            *(
                Column(context.text("month", number=number), Kind.RATIO, "", definition)
                for number in range(RETENTION_MONTHS)
            ),
        ],
        list(cohorts.values())[:TOP],
        context.text("retention_note"),
    )
