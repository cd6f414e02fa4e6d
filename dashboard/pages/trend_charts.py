"""A measure over time as a chart in four views, and today by the hour."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from decimal import Decimal

from markupsafe import Markup

from dashboard import charts, formats, trends
from dashboard.charts import Line
from dashboard.figures import CNY, Row
from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.measure import Measure, Over
from dashboard.pages.model import Chart, HourChart, View
from dashboard.pages.tables import SHOWN_DAYS
from dashboard.trends import Trend

# The views in the order of their switch.
DAY_SPANS = (30, 90)
SMOOTHED_FROM = 45
VIEWS = ("view_30", "view_90", "view_365", "view_months")


def trend_charts(
    context: Context, rows: Sequence[Row], measures: Sequence[Measure], shown: Sequence[str]
) -> list[Chart]:
    """A chart for each of the shown measures of one row a date, oldest first. `measures` are the columns of the tables behind."""
    places = {measure.key: place for place, measure in enumerate(measures, start=1)}
    by_key = {measure.key: measure for measure in measures}
    weeks, months = trends.by_week(rows), trends.by_month(rows)
    return [_chart(context, rows, by_key[key], places[key], weeks=weeks, months=months) for key in shown]


def _chart(
    context: Context,
    rows: Sequence[Row],
    measure: Measure,
    place: int,
    *,
    weeks: Sequence[trends.Group],
    months: Sequence[trends.Group],
) -> Chart:
    is_running = bool(rows) and rows[-1]["business_date"] == context.figures.publication.as_of_date
    views: list[View | None] = []
    for days in DAY_SPANS:
        trend = trends.trend_of_days(rows, measure, days, is_last_running=is_running)
        views.append(_day_view(context, measure, trend, place) if trend else None)
    for groups, shown, back in ((weeks, trends.WEEKS, trends.WEEKS), (months, trends.MONTHS, 12)):
        trend = trends.trend_of_groups(groups, measure, shown, back, is_last_running=is_running)
        is_months = groups is months
        views.append(_group_view(context, measure, trend, place, is_months=is_months) if trend else None)
    unit = [context.unit(measure), context.text(f"over_{measure.over.value}")]
    return Chart(context.label(measure), " ".join(filter(None, unit)), context.definition(measure), views)


def _day_view(context: Context, measure: Measure, trend: Trend, place: int) -> View:
    starts, description = trend.starts, _described(context, measure, trend)
    lines = [Line(trend.before, "before"), Line(trend.values, "day"), Line(trend.means, "mean")]
    if len(trend.values) > SMOOTHED_FROM and _is_known(trend.means):
        # So many days are a thicket; what they do on the whole is seen in their mean, of every second day.
        last = len(trend.means) - 1 - trend.is_last_running
        every_second = slice(last % 2, last + 1, 2)
        starts, description = starts[every_second], context.label(measure)
        lines = [
            Line(trend.means_before[every_second], "before"),
            Line(trend.means[every_second], "mean"),
        ]
    svg = charts.line_chart(
        [line for line in lines if _is_known(line.values)],
        charts.date_ticks(starts, context.language),
        measure.kind,
        context.language,
        description,
        running=("day",) if trend.is_last_running else (),
    )
    span = formats.days(trend.starts[0], trend.starts[-1], context.language)
    # Only what stands as text in the page can be read off its chart.
    table_key = "daily" if trend.skipped + len(trend.starts) <= SHOWN_DAYS else ""
    return _view(context, measure, trend, svg, span=span, table_key=table_key, place=place)


def _group_view(context: Context, measure: Measure, trend: Trend, place: int, *, is_months: bool) -> View:
    svg = charts.bar_chart(
        trend.values,
        trend.before,
        charts.date_ticks(trend.starts, context.language),
        kind=measure.kind,
        language=context.language,
        description=context.label(measure),
        is_last_running=trend.is_last_running,
    )
    start = trend.starts[-1 - (trend.is_last_running and len(trend.starts) > 1)]
    span = (
        formats.month(start, context.language)
        if is_months
        else formats.days(start, start + timedelta(days=6), context.language)
    )
    return _view(context, measure, trend, svg, span=span, table_key="", place=place)


def _view(
    context: Context, measure: Measure, trend: Trend, svg: Markup, *, span: str, table_key: str, place: int
) -> View:
    kind = Kind.DECIMAL if measure.over is Over.MEAN else measure.kind
    return View(
        context.value(trend.value, kind),
        # Before a span of dates, a dash alone would be read as one of theirs.
        ""
        if formats.change_ratio(trend.compared, trend.compared_before) is None
        else formats.change(trend.compared, trend.compared_before),
        span,
        svg,
        table_key,
        place,
        trend.skipped,
        len(trend.starts),
    )


def _is_known(values: Sequence[object]) -> bool:
    return any(value is not None for value in values)


def _described(context: Context, measure: Measure, trend: Trend) -> str:
    finished = trend.values[:-1] if trend.is_last_running and len(trend.values) > 1 else trend.values
    known = [value for value in finished if value is not None]
    return context.text(
        "chart_text",
        label=context.label(measure),
        first=formats.day(trend.starts[0], context.language),
        last=formats.day(trend.starts[-1], context.language),
        lowest=context.value(min(known, default=None), measure.kind),
        highest=context.value(max(known, default=None), measure.kind),
    )


def hour_chart(
    context: Context, rows: Sequence[Row], publications: Sequence[Row], measure: Measure
) -> HourChart | None:
    """What was paid in each hour of today, yesterday and a week ago, and how much of a day before its rate is published.

    Rows: business_date, business_hour, the measure. Publications: business_date, published_at (UTC).
    """
    today = context.figures.publication.as_of_date
    days: dict[date, dict[int, Decimal]] = {}
    for row in rows:
        days.setdefault(row["business_date"], {})[row["business_hour"]] = row[measure.key]
    compared = (
        (today, "mean", context.text("today")),
        (today - timedelta(days=1), "day", context.text("yesterday")),
        (
            today - timedelta(days=7),
            "before",
            context.text("week_before", day=formats.weekday(today, context.language)),
        ),
    )
    found = [(day, css_class, label) for day, css_class, label in compared if day in days]
    if len(days) < 2 or today not in days:
        return None
    reached = max(days[today])
    legend = [
        (
            css_class,
            label,
            context.value(sum(value for hour, value in days[day].items() if hour <= reached), measure.kind),
        )
        for day, css_class, label in found
    ]
    svg = charts.line_chart(
        [
            Line([days[day].get(hour) for hour in range(24)], css_class)
            for day, css_class, _ in reversed(found)
        ],
        [(hour, f"{hour}:00") for hour in range(3, 24, 3)],
        measure.kind,
        context.language,
        context.text("hours_text", parts="; ".join(f"{label} {value}" for _, label, value in legend)),
        running=("mean",),
    )
    note = context.text("hours_note", unit=CNY, hour=f"{reached + 1}:00", days=len(days))
    return HourChart(context.text("by_hour"), note, svg, legend, _before_rate(context, days, publications))


def _before_rate(context: Context, days: dict[date, dict[int, Decimal]], publications: Sequence[Row]) -> str:
    """How much of the finished days was paid before the hour in which their own rate was published; empty if unknown."""
    before = whole = Decimal(0)
    counted = 0
    for row in publications:
        day = row["business_date"]
        if day >= context.figures.publication.as_of_date or day not in days:
            continue
        published = row["published_at"].replace(tzinfo=UTC).astimezone(context.zone)
        # A rate that came after its day has come after all its hours.
        reached = published.hour if published.date() == day else 24 if published.date() > day else 0
        before += sum((paid for hour, paid in days[day].items() if hour < reached), Decimal(0))
        whole += sum(days[day].values(), Decimal(0))
        counted += 1
    if not whole:
        return ""
    return context.text("before_rate", share=formats.ratio(before / whole), days=counted)
