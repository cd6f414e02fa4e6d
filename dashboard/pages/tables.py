"""Rankings, shares and the figures behind the charts, as tables and donuts."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dashboard import charts, formats, trends
from dashboard.charts import Slice
from dashboard.figures import Row, Window
from dashboard.formats import Kind
from dashboard.pages.context import Context
from dashboard.pages.measure import Measure, Over
from dashboard.pages.model import Column, Donut, Stacks, Table

# A page shows so many rows of a ranking (two more where that makes it whole), and so many days as text; its page of all
# rows shows all.
TOP = 8
SHOWN_DAYS = 31
SHARE_MONTHS = 6


def ranking(
    context: Context,
    key: str,
    title: str,
    query: str,
    dimensions: Sequence[str],
    *,
    measures: Sequence[Measure],
    note: str = "",
    change_of: Measure | None = None,
) -> Table:
    """The rows of a query in its order, with a total; `change_of` is compared with the 30 days before."""
    rows = context.rows(query)
    columns = [*map(context.dimension, dimensions), *map(context.column, measures)]
    values = [
        [*(context.code(name, row[name]) for name in dimensions), *(measure.of(row) for measure in measures)]
        for row in rows
    ]
    totals: list[Any] = [
        context.text("total"),
        *[""] * (len(dimensions) - 1),
        *(measure.total(rows) for measure in measures),
    ]
    if change_of is not None:
        columns.append(
            Column(
                context.text("change"), Kind.CHANGE, context.label(change_of), context.definition(change_of)
            )
        )
        recent, before = (
            {
                tuple(row[name] for name in dimensions): row[change_of.key]
                for row in context.rows(query, window)
            }
            for window in (Window.FINISHED, Window.BEFORE)
        )
        for row, shown in zip(rows, values, strict=True):
            place = tuple(row[name] for name in dimensions)
            shown.append(formats.change_ratio(recent.get(place, 0), before.get(place)))
        totals.append(
            formats.change_ratio(sum(recent.values(), Decimal(0)), sum(before.values(), Decimal(0)))
            if before
            else None
        )
    limit = TOP if len(rows) > TOP + 2 else len(rows)
    return Table(key, context.text(title), columns, values, note, limit, totals if len(rows) > 1 else None)


def slices_of(context: Context, rows: Sequence[Row], dimension: str, measure: Measure) -> list[Slice]:
    """Shares of a measure by one dimension. A part that is not known leaves nothing to share."""
    known = all(row[measure.key] is not None for row in rows)
    parts = [(context.code(dimension, row[dimension]), Decimal(row[measure.key])) for row in rows if known]
    return charts.slices(parts, context.text("other"))


def donut(
    context: Context,
    key: str,
    title: str,
    rows: Sequence[Row],
    *,
    dimension: str,
    measure: Measure,
    note: str = "",
) -> Donut:
    """Shares of a measure by one dimension, the largest first."""
    shown = slices_of(context, rows, dimension, measure)
    described = "; ".join(f"{formats.name(part.label)} {formats.ratio(part.share)}" for part in shown)
    table = Table(
        key,
        context.text(title),
        [context.dimension(dimension), context.column(measure), Column(context.text("share"), Kind.RATIO)],
        [
            [part.label, part.value if measure.kind is Kind.MONEY else int(part.value), part.share]
            for part in shown
        ],
        note,
        len(shown),
        swatches=[part.css_class for part in shown],
    )
    return Donut(charts.donut(shown, context.text("donut_text", parts=described)), table)


def stacks(context: Context, title: str, rows: Sequence[Row], dimension: str, measure: Measure) -> Stacks:
    """Shares by month, the newest first, of the parts that are largest over all of them. Rows: month, dimension, measure."""
    totals: dict[str, Decimal] = {}
    months: dict[Any, dict[str, Decimal]] = {}
    for row in rows:
        amount = Decimal(row[measure.key] or 0)
        totals[row[dimension]] = totals.get(row[dimension], Decimal(0)) + amount
        months.setdefault(row["month"], {})[row[dimension]] = amount
    leading = sorted(totals, key=lambda code: (-totals[code], code))[: charts.SERIES_CLASS_COUNT]
    legend = [
        (charts.series_class(place), context.code(dimension, code)) for place, code in enumerate(leading)
    ]
    if len(totals) > len(leading):
        legend.append((charts.OTHER_CLASS, context.text("other")))
    drawn = []
    for month in sorted(months, reverse=True)[:SHARE_MONTHS]:
        whole = sum(months[month].values(), Decimal(0))
        if whole <= 0:
            continue
        parts = [
            Slice(label, amount, amount / whole, css_class)
            for (css_class, label), amount in zip(legend, _amounts(months[month], leading), strict=False)
        ]
        described = "; ".join(f"{formats.name(part.label)} {formats.ratio(part.share)}" for part in parts)
        drawn.append((f"{month:%Y-%m}", charts.stack(parts, described), formats.ratio(parts[0].share)))
    note = context.text("stack_note", part=formats.name(legend[0][1])) if drawn else ""
    return Stacks(context.text(title), note, legend, drawn)


def _amounts(month: dict[str, Decimal], leading: Sequence[str]) -> list[Decimal]:
    shown = [month.get(code, Decimal(0)) for code in leading]
    return [*shown, sum(month.values(), Decimal(0)) - sum(shown, Decimal(0))]


def series(context: Context, rows: Sequence[Row], measures: Sequence[Measure]) -> list[Table]:
    """The figures behind the charts by day, week and month, newest first."""
    weeks = trends.by_week(rows)[-trends.WEEKS :]
    months = trends.by_month(rows)[-trends.MONTHS :]
    return [
        _series(
            context,
            "daily",
            [(row["business_date"], [row]) for row in rows],
            measures,
            Column(context.text("date"), Kind.DATE),
        ),
        _series(context, "weekly", weeks, measures, Column(context.text("week"), Kind.DATE)),
        _series(context, "monthly", months, measures, Column(context.text("month"), Kind.MONTH)),
    ]


def _series(
    context: Context, key: str, groups: Sequence[trends.Group], measures: Sequence[Measure], first: Column
) -> Table:
    values = [[measure.over_dates(rows) for measure in measures] for _, rows in groups]
    shown = [
        replace(measure, kind=_written(measure, [row[place] for row in values]))
        for place, measure in enumerate(measures)
    ]
    notes = [context.text("series_note")]
    if key != "daily" and any(measure.over is Over.MEAN for measure in measures):
        means = [context.label(measure) for measure in measures if measure.over is Over.MEAN]
        notes.append(context.text("mean_note", measures=", ".join(means)))
    return Table(
        key,
        context.text(key),
        [first, *map(context.column, shown)],
        [[start, *row] for (start, _), row in zip(reversed(groups), reversed(values), strict=True)],
        " ".join(notes),
        SHOWN_DAYS,
    )


def _written(measure: Measure, values: Sequence[Any]) -> Kind:
    if measure.kind is Kind.COUNT and any(isinstance(value, Decimal) and value % 1 for value in values):
        return Kind.DECIMAL
    return measure.kind
