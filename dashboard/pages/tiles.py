"""The periods, the modules, and what is unusual: what stands first on a page."""

from collections.abc import Sequence
from datetime import timedelta

from dashboard import formats
from dashboard.figures import CNY, Row
from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.measure import Measure
from dashboard.pages.model import Figure, Standout, Tile
from dashboard.unusual import LEAST_WEEKS, unusual

PERIODS = ("today", "yesterday", "this_week", "this_month")
SHOWN_STANDOUTS = 4


def period_tiles(context: Context, business_type: str, measures: Sequence[Measure]) -> list[Tile]:
    """Today so far, yesterday, this week, this month, each beside the same elapsed time before."""
    return [
        period_tile(context, context.text(period), period, business_type, measures=measures)
        for period in PERIODS
    ]


def period_tile(
    context: Context,
    title: str,
    period: str,
    business_type: str,
    *,
    measures: Sequence[Measure],
    address: str = "",
) -> Tile:
    """One period of one business type."""
    (row,) = (
        row
        for row in context.rows("periods")
        if (row["period"], row["business_type"]) == (period, business_type)
    )
    first, last = row["previous_period_start_date"], row["previous_period_last_date"]
    if period == "yesterday" or last == row["period_start_date"]:
        # The previous period was over before its like could end.
        last = row["period_start_date"] - timedelta(days=1)
        compared = context.text("compared", days=formats.days(first, last, context.language))
    else:
        compared = context.text(
            "compared_until",
            days=formats.days(first, last, context.language),
            time=f"{context.now:%H:%M}",
        )
    return Tile(
        title,
        formats.days(row["period_start_date"], row["period_end_date"], context.language),
        compared,
        [_period_figure(context, row, measure) for measure in measures],
        address,
    )


def _period_figure(context: Context, row: Row, measure: Measure) -> Figure:
    """A figure and its change: of money the change in CNY, in which the period before is published."""
    previous = row[f"previous_{measure.column}"]
    previous_text = context.value(previous, measure.kind)
    if measure.kind is Kind.MONEY and context.figures.currency_code != CNY:
        previous_text = f"{previous_text} {CNY}"
    return Figure(
        context.label(measure),
        context.value(row[measure.key], measure.kind),
        formats.change(row[measure.column], previous),
        previous_text,
        context.definition(measure),
    )


def standouts(context: Context, rows: Sequence[Row], measures: Sequence[Measure]) -> list[Standout] | None:
    """What is unusual of the last finished date, the farthest out first; None where it is too early to tell.

    Rows: one a date, oldest first.
    """
    finished = [row for row in rows if row["business_date"] < context.figures.publication.as_of_date]
    if len(finished) <= 7 * LEAST_WEEKS:
        return None
    shown = []
    for each in unusual(finished, measures)[:SHOWN_STANDOUTS]:
        kind = each.measure.kind
        unit = context.unit(each.measure)
        shown.append(
            Standout(
                each.is_high,
                context.label(each.measure),
                f"{context.value(each.value, kind)} {unit}".strip(),
                context.text(
                    "usual",
                    weekday=formats.weekday(each.day, context.language),
                    lowest=context.value(each.lowest, kind),
                    highest=context.value(each.highest, kind),
                    weeks=each.weeks,
                ),
            )
        )
    return shown
