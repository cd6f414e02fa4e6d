"""The figures that pages show, read from the published file: one SQL file of `queries/` at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from dashboard.digest.periods import Period
from ingest.foundation.errors import WarehouseError

CNY = "CNY"
DATE_COLUMNS = ("business_date", "created_date", "shipped_date", "registered_date", "month", "cohort_month")
# What says how much a row holds: the first of these that its table has.
MOST_COLUMNS = (
    "gross_paid_cny",
    "amount_cny",
    "refund_cny",
    "delivered_count",
    "created_order_count",
    "paying_user_count",
    "registered_user_count",
)
Row = dict[str, Any]


@cache
def query_text(name: str) -> str:
    return (files("dashboard") / "queries" / f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Definition:
    """What a published measure is called and means, in both languages; from audit.metrics."""

    label_en: str
    label_zh: str
    text_en: str
    text_zh: str


class Window(Enum):
    """The 30 dates that a query is about: dates earlier by, and how many of the last are left out."""

    RECENT = (0, 0)
    # What is compared is over: the as-of date is left out, and its like 30 dates before.
    FINISHED = (0, 1)
    BEFORE = (30, 1)


class Reader:
    """Reads the publication that `orchestration.reading.published` opened.

    `show_in` chooses the display currency of what `rows` returns.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._look_at(Window.RECENT)
        self.show_in(CNY)
        self.definitions = {
            (row["table_name"], row["column_name"]): Definition(
                *(row[name] or "" for name in ("label_en", "label_zh", "definition", "definition_zh"))
            )
            for row in self.rows("metrics")
        }
        # (list, code): English, Chinese
        self.code_labels = {
            (row["code_list"], row["code"]): (row["label_en"], row["label_zh"])
            for row in self.rows("code_labels")
        }

    def show_in(self, currency_code: str) -> None:
        """Show CNY in this currency from now on, each day at its official rate (R15)."""
        self._set_up("_setup_money", currency_code=currency_code)

    def look_back(self, period: Period, since: datetime) -> None:
        """Make the queries of a digest about this period, and what changed from the instant (UTC) on."""
        self._set_up(
            "_setup_digest",
            span=period.span.value,
            first=period.first,
            last=period.last,
            previous_first=period.previous_first,
            since=since,
        )

    def display_currencies(self, wanted: Iterable[str]) -> list[str]:
        """CNY, and of the wanted currencies those of which any rate is known."""
        rated = {
            str(row["currency_code"])
            for row in self._fetch(
                "select distinct currency_code from published.marts.core_display_daily where rate_cny is not null",
                "the question for display currencies",
            )
        }
        return list(dict.fromkeys((CNY, *(code for code in wanted if code in rated))))

    def rows(self, name: str, window: Window = Window.RECENT) -> list[Row]:
        """The rows of `queries/<name>.sql` about the window; its first line states their grain."""
        if window is not self._window:
            self._look_at(window)
        return self._fetch(query_text(name), f"the query {name}")

    def example(self, table: str, key: Sequence[str]) -> Row | None:
        """The key of one row of a mart: the newest of a date that is over, if any, and of those the one with most in it."""
        columns = {
            str(row["column_name"])
            for row in self._fetch(
                "select column_name from duckdb_columns() "
                f"where database_name = 'published' and schema_name = 'marts' and table_name = '{table}'",
                f"the question for an example of {table}",
            )
        }
        dates = [name for name in key if name in DATE_COLUMNS]
        most = next((name for name in MOST_COLUMNS if name in columns), None)
        order = [
            *(f"{name} = (select max(business_date) from published.marts.core_daily)" for name in dates),
            *(f"{name} desc" for name in dates),
            *([f"{most} desc nulls last"] if most else []),
            *key,
        ]
        names = ", ".join(key)
        found = self._fetch(
            f"select {names} from published.marts.{table} order by {', '.join(order)} limit 1",
            f"the question for an example of {table}",
        )
        return found[0] if found else None

    def _look_at(self, window: Window) -> None:
        shift, left_out = window.value
        self._set_up("_setup_dates", shift=shift, left_out=left_out)
        self._window = window

    def _set_up(self, name: str, **parameters: object) -> None:
        for statement in self._connection.extract_statements(query_text(name)):
            needed = {key: parameters[key] for key in statement.named_parameters}
            with _named(f"the query {name}"):
                self._connection.execute(statement, needed or None)

    def _fetch(self, query: str, what: str) -> list[Row]:
        with _named(what):
            result = self._connection.execute(query)
            columns = [column[0] for column in result.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Say of which query an error is. Raises WarehouseError for SQL that the published file does not know.

    What the machine refuses, and a damaged file, stay what they are.
    """
    try:
        yield
    except duckdb.ProgrammingError as error:
        raise WarehouseError(
            f"The pages could not be made: {what} does not fit the published file: {error}\n"
            "The pages and digests of the last build stay. A file that another version of the program published is "
            "brought up to date by `warehouse calibrate`; a query that was changed stands in dashboard/queries/."
        ) from None
