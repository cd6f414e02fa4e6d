"""Makes the parts of a page from rows of the published file, in one language and display currency."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dashboard import charts, formats
from dashboard.figures import CNY, Definition, Row
from dashboard.formats import Kind
from dashboard.pages.model import Chart, Column, Donut, Figure, LegendItem, Table, Tile
from dashboard.texts import Language, text
from orchestration.reading.published import Publication
from orchestration.reading.trust import Trust

_UNITS = {Kind.WEIGHT_KG: "kg"}
# Endings of column names that say the unit: a measure without a label is called by its column without them.
_UNIT_ENDINGS = ("_cny", "_g", "_count", "_ratio")
# The list of a dimension's codes where it is not called as the dimension. Currencies stay codes, as in the heads
# of columns and the choice of currency.
_CODE_LISTS = {
    "country_code": "country",
    "destination_country": "country",
    "currency_code": "",
    "reason": "refund_reason",
}
TOP = 15
# From here on the daily figures of a measure are shown in whole units: a page has a budget, and six digits
# are what a reader takes in.
WHOLE_FROM = 100_000


@dataclass(frozen=True)
class Figures:
    """All that is shown in one display currency: the rows of each query, what they are from, how far to trust."""

    currency_code: str
    publication: Publication
    trust: Trust
    rows: dict[str, list[Row]]
    definitions: dict[tuple[str, str], Definition]
    code_labels: dict[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True)
class Measure:
    """A value of a query's rows that is shown: its key in the row, and the published column that defines it.

    Money `is_cny` where it is published in CNY only: it is shown so on every page. `part` is the dimension and
    code of the part of the measure that it is, if it is not the whole.
    """

    key: str
    kind: Kind
    table: str
    column: str
    is_cny: bool = False
    part: tuple[str, str] = ("", "")


@dataclass
class Context:
    """Figures, language and zone of one page. `meanings` are the labels and definitions the page used."""

    figures: Figures
    language: Language
    zone: ZoneInfo
    meanings: list[tuple[str, str]] = field(default_factory=list)

    def text(self, key: str, **values: object) -> str:
        return text(key, self.language, **values)

    def rows(self, name: str) -> list[Row]:
        return self.figures.rows[name]

    def value(self, value: Any, kind: Kind) -> str:
        return formats.value_text(value, kind, self.zone)

    def unit(self, measure: Measure) -> str:
        if measure.kind in (Kind.MONEY, Kind.MONEY_WHOLE):
            return CNY if measure.is_cny else self.figures.currency_code
        return _UNITS.get(measure.kind, "")

    def label(self, measure: Measure) -> str:
        """What a measure is called, with the part of it that it is."""
        label = self.measure_label(measure)
        return self.text("part", measure=label, part=self._part(measure)) if any(measure.part) else label

    def short_label(self, measure: Measure) -> str:
        """What a measure is called where the chart's title says what it is part of."""
        return self._part(measure) if any(measure.part) else self.measure_label(measure)

    def _part(self, measure: Measure) -> str:
        return self.code(*measure.part)

    def measure_label(self, measure: Measure) -> str:
        """What a measure is called: by audit.metrics, else by its column."""
        defined = self.figures.definitions.get((measure.table, measure.column))
        label = defined and (defined.label_zh if self.language is Language.ZH else defined.label_en)
        if label:
            return label
        name = measure.column
        for ending in _UNIT_ENDINGS:
            name = name.removesuffix(ending)
        return name.replace("_", " ").capitalize()

    def definition(self, measure: Measure) -> int | None:
        """The place of a measure's definition on the page, None where it has none.

        A label with two meanings has two places.
        """
        defined = self.figures.definitions.get((measure.table, measure.column))
        words = defined and (defined.text_zh if self.language is Language.ZH else defined.text_en)
        if not words:
            return None
        meaning = (self.measure_label(measure), words)
        if meaning not in self.meanings:
            self.meanings.append(meaning)
        return self.meanings.index(meaning)

    def column(self, measure: Measure) -> Column:
        return Column(self.label(measure), measure.kind, self.unit(measure), self.definition(measure))

    def code(self, dimension: str, code: str) -> str:
        """A code as people say it (audit.code_labels); one that a source invented is shown as it is."""
        label = self.figures.code_labels.get((_CODE_LISTS.get(dimension, dimension), code))
        return label[self.language is Language.ZH] if label else code

    def dimension(self, key: str) -> Column:
        return Column(self.text(key), Kind.NAME)

    def table(
        self,
        key: str,
        title: str,
        rows: Sequence[Row],
        dimensions: Sequence[str],
        measures: Sequence[Measure],
        *,
        note: str = "",
        at_most: int = TOP,
    ) -> Table:
        """A ranking: the first named rows in the order given."""
        columns = [*map(self.dimension, dimensions), *map(self.column, measures)]
        values = [
            [
                *(self.code(name, row[name]) for name in dimensions),
                *(row[measure.key] for measure in measures),
            ]
            for row in rows[:at_most]
        ]
        return Table(key, self.text(title), columns, values, note)

    def donut(self, key: str, title: str, rows: Sequence[Row], dimension: str, measure: Measure) -> Donut:
        """Shares of a measure by one dimension. A part that is not known leaves nothing to share."""
        known = all(row[measure.key] is not None for row in rows)
        parts = [(self.code(dimension, row[dimension]), Decimal(row[measure.key])) for row in rows if known]
        shown = charts.slices(parts, self.text("other"))
        described = "; ".join(f"{formats.name(part.label)} {formats.ratio(part.share)}" for part in shown)
        table = Table(
            key,
            self.text(title),
            [self.dimension(dimension), self.column(measure), Column(self.text("share"), Kind.RATIO)],
            [
                [part.label, part.value if measure.kind is Kind.MONEY else int(part.value), part.share]
                for part in shown
            ],
            swatches=[part.css_class for part in shown],
        )
        return Donut(charts.donut(shown, self.text("donut_text", parts=described)), table)

    def daily(self, rows: Sequence[Row], measures: Sequence[Measure]) -> Table:
        """The figures behind the charts, newest first."""
        shown = [replace(measure, kind=_daily_kind(rows, measure)) for measure in measures]
        columns = [Column(self.text("date"), Kind.DATE), *(self.column(measure) for measure in shown)]
        values = [[row["business_date"], *(row[measure.key] for measure in shown)] for row in reversed(rows)]
        notes = [self.text("daily_note")]
        if any(measure.kind is Kind.MONEY_WHOLE for measure in shown):
            notes.append(self.text("whole_note", limit=formats.count(WHOLE_FROM)))
        return Table("daily", self.text("daily"), columns, values, " ".join(notes))

    def chart(
        self,
        title: str,
        rows: Sequence[Row],
        measures: Sequence[Measure],
        shown: Sequence[str],
        dimension_labels: dict[str, str] | None = None,
    ) -> Chart:
        """Lines of some of the daily measures, by their keys. All are of one kind."""
        places = {measure.key: place for place, measure in enumerate(measures, start=1)}
        by_key = {measure.key: measure for measure in measures}
        lines = [by_key[key] for key in shown]
        kind = lines[0].kind
        dates = [row["business_date"] for row in rows]
        is_running = bool(dates) and dates[-1] == self.figures.publication.as_of_date
        finished = rows[:-1] if is_running and len(rows) > 1 else rows
        # A ratio waits for its window: the legend shows the last date on which all lines are known.
        known_rows = [row for row in finished if all(row[measure.key] is not None for measure in lines)]
        shown_rows = known_rows or finished
        last = shown_rows[-1] if shown_rows else None
        legend, described = [], []
        for index, measure in enumerate(lines):
            label = self.short_label(measure)
            known = [row[measure.key] for row in finished if row[measure.key] is not None]
            legend.append(
                LegendItem(
                    charts.series_class(index),
                    label,
                    self.value(last and last[measure.key], _daily_kind(rows, measure)),
                    places[measure.key],
                    self.definition(measure),
                )
            )
            described.append(
                self.text(
                    "series_text",
                    label=label,
                    latest=self.value(last and last[measure.key], kind),
                    date=formats.day(last["business_date"], self.language) if last else "",
                    lowest=self.value(min(known), kind),
                    highest=self.value(max(known), kind),
                )
                if known
                else self.text("series_unknown", label=label)
            )
        description = (
            self.text(
                "chart_text",
                count=len(dates),
                first=formats.day(dates[0], self.language),
                last=formats.day(dates[-1], self.language),
                series=" ".join(described),
            )
            if dates
            else self.text("no_data")
        )
        svg = charts.line_chart(
            [charts.Series([row[line.key] for row in rows]) for line in lines],
            dates,
            kind,
            self.language,
            description,
            is_last_running=is_running,
        )
        return Chart(
            self.text(title),
            " ".join(part for part in (self.unit(lines[0]), self.text("per_day")) if part),
            svg,
            f"{last['business_date']:%Y-%m-%d}" if last else "",
            legend,
            is_running,
        )

    def tiles(self, business_type: str, measures: Sequence[Measure]) -> list[Tile]:
        """Today so far, yesterday, this week, this month, each beside the same elapsed time before."""
        tiles = []
        rows = {row["period"]: row for row in self.rows("periods") if row["business_type"] == business_type}
        now = self.figures.publication.as_of_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(self.zone)
        for period in ("today", "yesterday", "this_week", "this_month"):
            row = rows[period]
            first, last = row["previous_period_start_date"], row["previous_period_last_date"]
            if period == "yesterday" or last == row["period_start_date"]:
                # The previous period was over before its like could end.
                last = row["period_start_date"] - date.resolution
                compared = self.text("compared", days=formats.days(first, last, self.language))
            else:
                compared = self.text(
                    "compared_until", days=formats.days(first, last, self.language), time=f"{now:%H:%M}"
                )
            tiles.append(
                Tile(
                    self.text(period),
                    formats.days(row["period_start_date"], row["period_end_date"], self.language),
                    compared,
                    [self._period_figure(row, measure) for measure in measures],
                )
            )
        return tiles

    def _period_figure(self, row: Row, measure: Measure) -> Figure:
        """A figure and its change: of money the change in CNY, in which the period before is published."""
        previous = row[f"previous_{measure.column}"]
        previous_text = self.value(previous, measure.kind)
        if measure.kind is Kind.MONEY and self.figures.currency_code != CNY:
            previous_text = f"{previous_text} {CNY}"
        return Figure(
            self.label(measure),
            self.value(row[measure.key], measure.kind),
            formats.change(row[measure.column], previous),
            previous_text,
            self.definition(measure),
        )


def _daily_kind(rows: Sequence[Row], measure: Measure) -> Kind:
    if measure.kind is Kind.MONEY and any(abs(row[measure.key] or 0) >= WHOLE_FROM for row in rows):
        return Kind.MONEY_WHOLE
    return measure.kind


# Net revenue is paid less refunds less chargebacks: where one of them is shown, all four are.
MONEY_KEYS = ("net_revenue", "gross_paid", "refund", "chargeback")


def cny(table: str, *columns: str) -> tuple[Measure, ...]:
    """Money columns of a table, shown in CNY on every page."""
    return tuple(Measure(column, Kind.MONEY, table, column, is_cny=True) for column in columns)


def cny_whole(table: str) -> tuple[Measure, ...]:
    """Paid, refunds, chargebacks and net revenue of a table, in CNY."""
    return cny(table, "gross_paid_cny", "refund_cny", "chargeback_cny", "net_revenue_cny")


def period_measures(*keys: str) -> list[Measure]:
    """Measures of core_periods by their keys in the periods query."""
    return [
        Measure(key, Kind.MONEY, "core_periods", f"{key}_cny")
        if key in MONEY_KEYS
        else Measure(key, Kind.COUNT, "core_periods", key)
        for key in keys
    ]
