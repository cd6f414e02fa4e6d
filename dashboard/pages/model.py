"""The parts of a page, ready for the template: labels in its language, values not yet written as text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from dashboard.formats import Kind


@dataclass(frozen=True)
class Meaning:
    """A figure's name, what it means, and the command that shows the rows behind one of it."""

    label: str
    text: str
    command: str


@dataclass(frozen=True)
class Column:
    """A column of a table. `unit` stands below the label; `definition` is its place among the meanings."""

    label: str
    kind: Kind
    unit: str = ""
    definition: int | None = None


@dataclass(frozen=True)
class Table:
    """Rows of values in the order of the columns; the first names it. The page shows the first `shown`, its table page all.

    `totals` is a row below, None where a column has none. `swatches` is a CSS class per row, `shades` one per cell.
    """

    key: str
    title: str
    columns: list[Column]
    rows: list[list[Any]]
    note: str = ""
    shown: int = 0
    totals: list[Any] | None = None
    swatches: Sequence[str] = ()
    shades: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Figure:
    """One figure of a tile and its change against the previous period, as text."""

    label: str
    text: str
    change: str
    previous_text: str
    definition: int | None


@dataclass(frozen=True)
class Tile:
    """One period: the figure that matters most, then the others. `address` is the page that says more, if another one does."""

    title: str
    days: str
    compared: str
    figures: list[Figure]
    address: str = ""


@dataclass(frozen=True)
class View:
    """A chart over one span: what stands for it, and the drawing.

    `table_key` and `column` are where its values stand as text, newest first after `skipped` rows; no key where they do not.
    """

    text: str
    change: str
    span: str
    svg: Markup
    table_key: str
    column: int
    skipped: int
    count: int


@dataclass(frozen=True)
class Chart:
    """One measure over time; a view a span, None where there is nothing to draw."""

    title: str
    unit: str
    definition: int | None
    views: list[View | None]


@dataclass(frozen=True)
class HourChart:
    """Today by the hour beside earlier days: class, name and total until now of each line. `before_rate` is a sentence, empty
    where nothing is known.
    """

    title: str
    note: str
    svg: Markup
    legend: list[tuple[str, str, str]]
    before_rate: str


@dataclass(frozen=True)
class Donut:
    """Shares of a whole, drawn and as a table."""

    svg: Markup
    table: Table


@dataclass(frozen=True)
class Stacks:
    """Shares of a whole by month: the swatches of the parts; month, drawing and share of the first part of each."""

    title: str
    note: str
    legend: list[tuple[str, str]]
    rows: list[tuple[str, Markup, str]]


@dataclass(frozen=True)
class Standout:
    """An unusual figure: arrow, what and how far, and the usual range."""

    is_high: bool
    title: str
    text: str
    usual: str


@dataclass(frozen=True)
class Page:
    """One page in one language and currency. `standouts` is None where it is too early to tell; `series` are the daily, weekly
    and monthly figures behind the charts.
    """

    tiles: list[Tile]
    standouts: list[Standout] | None
    charts: list[Chart]
    donuts: list[Donut]
    tables: list[Table]
    series: list[Table]
    modules: list[Tile] = field(default_factory=list)
    hours: HourChart | None = None
    stacks: list[Stacks] = field(default_factory=list)

    def all_tables(self) -> list[Table]:
        """What the page of all rows holds."""
        return [*self.tables, *(donut.table for donut in self.donuts), *self.series]
