"""User Growth: registrations, payers, retention, conversion, who payers are and where they come from."""

from datetime import date

from dashboard.figures import Row
from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.measure import MONEY_KEYS, Measure, Over, cny, count, period_measures, ratio
from dashboard.pages.model import Column, Page, Table
from dashboard.pages.tables import donut, ranking, series, stacks
from dashboard.pages.tiles import period_tiles, standouts
from dashboard.pages.trend_charts import trend_charts

QUERIES = (
    "user_growth_daily",
    "user_growth_channels",
    "user_growth_channel_months",
    "user_growth_countries_new",
    "user_growth_genders",
    "user_growth_conversion",
    "user_growth_cohorts",
    "user_growth_countries",
)
COMPARED = ("user_growth_channels",)

_DAILY = (
    count("users_daily", "registered_user_count"),
    count("users_daily", "new_user_count"),
    count("users_daily", "returning_user_count", Over.MEAN),
    count("users_daily", "active_buyers_7d", Over.LEVEL),
    count("users_daily", "active_buyers_30d", Over.LEVEL),
    Measure("visitor_count", Kind.COUNT, "users_daily", "visitor_count", over=Over.MEAN, is_sparse=True),
)
_NEW = count("users_segments_daily", "new_user_count")
_MONTHLY_NEW = count("users_monthly", "new_user_count")
_MONTHLY_PAYING = count("users_monthly", "paying_user_count")
_CHANNELS = (
    count("users_segments_daily", "registered_user_count"),
    _NEW,
    *cny("users_segments_daily", "net_revenue_cny"),
)
_CONVERSION = (
    count("users_conversion_daily", "registered_user_count"),
    count("users_conversion_daily", "paid_7d_count"),
    count("users_conversion_daily", "paid_30d_count"),
    ratio("users_conversion_daily", "paid_30d_ratio", "paid_30d_count", "registered_user_count"),
)
_COUNTRIES = (
    count("users_geography", "paying_user_count_30d"),
    *cny("users_geography", "net_revenue_cny_30d"),
    count("users_geography", "paying_user_count"),
    *cny("users_geography", "net_revenue_cny"),
)
_COHORT_USERS = count("users_cohort_monthly", "cohort_user_count")
# Shown as published, one cohort and month a cell.
_RETENTION = Measure("retention_ratio", Kind.RATIO, "users_cohort_monthly", "retention_ratio")
RETENTION_MONTHS = 12
_SHADES = 5


def page(context: Context) -> Page:
    daily = context.rows("user_growth_daily")
    return Page(
        tiles=period_tiles(
            context,
            "all",
            period_measures("paying_user_count", "new_user_count", "returning_user_count", *MONEY_KEYS),
        ),
        standouts=standouts(context, daily, _DAILY),
        charts=[
            chart
            for chart in trend_charts(context, daily, _DAILY, [measure.key for measure in _DAILY])
            # No feed has to tell of visitors.
            if any(chart.views) or chart.title != context.label(_DAILY[-1])
        ],
        donuts=[
            donut(
                context,
                "gender-shares",
                "payers_by_gender",
                context.rows("user_growth_genders"),
                dimension="gender",
                measure=_MONTHLY_PAYING,
                note=context.text("this_month"),
            ),
            donut(
                context,
                "channel-shares",
                "new_by_channel",
                context.rows("user_growth_channels"),
                dimension="acquisition_channel",
                measure=_NEW,
            ),
            donut(
                context,
                "country-shares",
                "new_by_country",
                context.rows("user_growth_countries_new"),
                dimension="country_code",
                measure=_NEW,
            ),
        ],
        stacks=[
            stacks(
                context,
                "new_by_channel_and_month",
                context.rows("user_growth_channel_months"),
                "acquisition_channel",
                _MONTHLY_NEW,
            )
        ],
        tables=[
            _retention(context),
            ranking(
                context,
                "conversion",
                "conversion",
                "user_growth_conversion",
                ["acquisition_channel"],
                measures=_CONVERSION,
                note=context.text("mature_180"),
            ),
            ranking(
                context,
                "channels",
                "channels_of_users",
                "user_growth_channels",
                ["acquisition_channel"],
                measures=_CHANNELS,
                note=context.text("last_30"),
                change_of=_NEW,
            ),
            ranking(
                context,
                "countries",
                "countries_of_payers",
                "user_growth_countries",
                ["country_code"],
                measures=_COUNTRIES,
                note=context.text("geography_note"),
            ),
        ],
        series=series(context, daily, _DAILY),
    )


def _retention(context: Context) -> Table:
    """Cohorts by months since the first payment: as many months as the oldest of them has lived."""
    cohorts: dict[date, list[Row]] = {}
    for row in context.rows("user_growth_cohorts"):
        if row["months_since"] < RETENTION_MONTHS:
            cohorts.setdefault(row["cohort_month"], []).append(row)
    known = [
        row["months_since"] for rows in cohorts.values() for row in rows if row["retention_ratio"] is not None
    ]
    months = range(max(known, default=0) + 1)
    definition = context.definition(_RETENTION)
    values, shades = [], []
    for month, rows in cohorts.items():
        ratios = {row["months_since"]: row["retention_ratio"] for row in rows}
        shown = [ratios.get(number) for number in months]
        # A month that is not over is an empty cell.
        values.append(
            [month, rows[0]["cohort_user_count"], *("" if each is None else each for each in shown)]
        )
        shades.append(["", "", *map(_shade, shown)])
    return Table(
        "retention",
        context.text("retention"),
        [
            Column(context.text("cohort_month"), Kind.MONTH),
            context.column(_COHORT_USERS),
            *(
                Column(context.text("month_number", number=number), Kind.RATIO, "", definition)
                for number in months
            ),
        ],
        values,
        context.text("retention_note"),
        len(values),
        shades=shades,
    )


def _shade(ratio: float | None) -> str:
    return "" if ratio is None else f"h{min(int(ratio * _SHADES), _SHADES - 1)}"
