"""What a Superset dashboard is made of: datasets with their measures, charts, and tabs.

Labels and descriptions are not written here; they come from the published file (`bundle.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LINE = "echarts_timeseries_line"
BAR = "echarts_timeseries_bar"
PIE = "pie"
TABLE = "table"


@dataclass(frozen=True)
class Measure:
    """A saved metric of a dataset. `label_of` is the column whose label it takes; None: `name` is shown."""

    name: str
    expression: str
    label_of: str | None = None


def total(column: str) -> Measure:
    """What adds up over every row."""
    return Measure(column, f"SUM({column})", column)


def per_day(column: str, aggregate: str = "MAX") -> Measure:
    """People and levels: the figure of one date, NULL where several meet, never their sum (R10)."""
    expression = f"CASE WHEN COUNT(DISTINCT business_date) = 1 THEN {aggregate}({column}) END"
    return Measure(column, expression, column)


def percent(name: str, numerator: str, denominator: str) -> Measure:
    """A ratio of sums, as a percentage (R11)."""
    return Measure(name, f"100.0 * SUM({numerator}) / NULLIF(SUM({denominator}), 0)")


def label_column(column: str) -> str:
    return f"{column}_label"


@dataclass(frozen=True)
class Dataset:
    """A published table of the schema marts. `date_column` is what its charts run over.

    `labels` are its columns of codes with their lists in audit.code_labels; charts show the `<column>_label` beside each.
    """

    table: str
    measures: tuple[Measure, ...]
    date_column: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str | None:
        """The query that puts labels beside the codes, None for a table as it is. A code without a label is shown itself."""
        if not self.labels:
            return None
        columns = [
            f"coalesce({column}_labels.label_en, mart.{column}) as {label_column(column)}"
            for column in self.labels
        ]
        joins = [
            f"left join audit.code_labels as {column}_labels "
            f"on {column}_labels.code_list = '{code_list}' and {column}_labels.code = mart.{column}"
            for column, code_list in self.labels.items()
        ]
        return "\n".join([f"select mart.*, {', '.join(columns)}", f"from marts.{self.table} as mart", *joins])

    def shown(self, column: str) -> str:
        """What stands for a column in a chart: its label where it holds codes."""
        return label_column(column) if column in self.labels else column


@dataclass(frozen=True)
class Chart:
    """A chart. With `measures`, rows are grouped by `columns` (LINE, BAR: and the dataset's `date_column`);
    without, `columns` are shown row by row.

    `only` filters: column, operator, value. `sort_by`: column or measure, and whether ascending.
    """

    slug: str
    title: str
    kind: str
    table: str
    columns: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    only: tuple[tuple[str, str, str | bool], ...] = ()
    sort_by: tuple[str, bool] | None = None
    row_limit: int = 10_000
    width: int = 6


@dataclass(frozen=True)
class Tab:
    """A module and its charts, two or more a row (12 columns wide)."""

    title: str
    rows: tuple[tuple[Chart, ...], ...]
