"""The figures that pages show, read from the published file: one SQL file of `queries/` at a time."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

CNY = "CNY"
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


class Reader:
    """Reads the publication that `orchestration.reading.published` opened.

    `show_in` chooses the display currency of what `rows` returns.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
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
        for statement in self._connection.extract_statements(query_text("_setup")):
            parameters = {"currency_code": currency_code} if statement.named_parameters else None
            self._connection.execute(statement, parameters)

    def rows(self, name: str) -> list[Row]:
        """The rows of `queries/<name>.sql`; its first line states their grain."""
        result = self._connection.execute(query_text(name))
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
