"""Reads figures from the published file: one SQL file of `queries/` at a time, in one display currency."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_row
from ingest.foundation.sql import quote_text

CNY = "CNY"
Row = dict[str, Any]


@cache
def query_text(name: str) -> str:
    return (files("dashboard") / "queries" / f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Definition:
    """What a published measure means and is called; from audit.metrics."""

    label_en: str
    label_zh: str
    text: str


class Published:
    """An open published file. `show_in` chooses the display currency of what `rows` returns."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        first = fetch_row(
            connection,
            "select as_of_at, period_start_date from published.marts.core_periods "
            "where period = 'today' and business_type = 'all'",
        )
        if first is None:
            raise WarehouseError(
                "the published file holds no as-of (marts.core_periods is empty); no page was changed. "
                "Run `warehouse increment`, then `warehouse dashboard` again."
            )
        self.as_of_at: datetime = first[0]
        self.as_of_date: date = first[1]
        self.currency_code = ""
        self.show_in(CNY)
        self.definitions = {
            (row["table_name"], row["column_name"]): Definition(
                row["label_en"] or "", row["label_zh"] or "", row["definition"] or ""
            )
            for row in self.rows("metrics")
        }

    def show_in(self, currency_code: str) -> None:
        """Show CNY in this currency from now on, each day at its official rate (R15)."""
        for statement in self._connection.extract_statements(query_text("_setup")):
            parameters = {"currency_code": currency_code} if statement.named_parameters else None
            self._connection.execute(statement, parameters)
        self.currency_code = currency_code

    def rows(self, name: str) -> list[Row]:
        """The rows of `queries/<name>.sql`; its first line states their grain."""
        result = self._connection.execute(query_text(name))
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


@contextmanager
def open_published(path: Path) -> Iterator[Published]:
    """The published file at `path`, read-only. Raises WarehouseError where there is none."""
    if not path.exists():
        raise WarehouseError(
            f"{path} does not exist: nothing is published yet. "
            "Run `warehouse increment` first, or `warehouse demo` for an example."
        )
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {quote_text(str(path))} as published (read_only)")
        yield Published(connection)
