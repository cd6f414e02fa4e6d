"""The parts of a page, ready for the template: labels in its language, values not yet written as text."""

from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from dashboard.formats import Kind


@dataclass(frozen=True)
class Column:
    """A column of a table. `unit` stands below the label; `definition` is its place among the definitions."""

    label: str
    kind: Kind
    unit: str = ""
    definition: int | None = None


@dataclass(frozen=True)
class Table:
    """Rows of values in the order of the columns; the first names it. `swatches` is a CSS class per row."""

    key: str
    title: str
    columns: list[Column]
    rows: list[list[Any]]
    note: str = ""
    swatches: list[str] = field(default_factory=list)


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
    """One period: the figure that matters most, then the others."""

    title: str
    days: str
    compared: str
    figures: list[Figure]


@dataclass(frozen=True)
class LegendItem:
    """A line of a chart: its class, name and latest value. `column` is its place in the daily table."""

    css_class: str
    label: str
    text: str
    column: int
    definition: int | None


@dataclass(frozen=True)
class Chart:
    """A line chart over the dates of the daily table."""

    title: str
    unit: str
    svg: Markup
    date_text: str
    legend: list[LegendItem]
    is_last_running: bool


@dataclass(frozen=True)
class Donut:
    """Shares of a whole, drawn and as a table."""

    svg: Markup
    table: Table


@dataclass(frozen=True)
class Page:
    """One page in one language and currency."""

    tiles: list[Tile]
    charts: list[Chart]
    donuts: list[Donut]
    tables: list[Table]
    daily: Table
