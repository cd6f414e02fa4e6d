"""docs/queries.md: its queries, and their output on the demo.

    python -m tests.support.queries [--home DIR]

runs every query of the page on the published file of a finished `warehouse demo` in DIR and writes what they
returned below them. A section of the page is a heading, words, one SQL block and the table of its output.
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.settings import load_settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "queries.md"
_SECTION = re.compile(
    r"^## (?P<title>.+?)\n(?P<words>.*?)^```sql\n(?P<sql>.*?)^```\n(?P<output>.*?)(?=^## |\Z)", re.M | re.S
)


@dataclass(frozen=True)
class Query:
    """One section of the page. `output` is the Markdown table as it stands there."""

    title: str
    sql: str
    output: str

    def __str__(self) -> str:
        return self.title


def queries(page: str) -> list[Query]:
    """The page's queries, in its order."""
    return [
        Query(section["title"], section["sql"], section["output"].strip())
        for section in _SECTION.finditer(page)
    ]


def output(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """What the query returns, as a Markdown table; numbers to the right."""
    result = connection.execute(sql)
    columns = [column[0] for column in result.description or ()]
    rows = result.fetchall()
    numbers = [bool(rows) and all(_is_number(row[index]) for row in rows) for index in range(len(columns))]
    return "\n".join(_table(columns, rows, numbers))


def with_output(page: str, path: Path) -> str:
    """The page with the output of each query on the published file at `path`."""
    with duckdb.connect(str(path), read_only=True) as connection:

        def section(match: re.Match[str]) -> str:
            table = output(connection, match["sql"])
            return f"## {match['title']}\n{match['words']}```sql\n{match['sql']}```\n\n{table}\n\n"

        return _SECTION.sub(section, page).rstrip("\n") + "\n"


def _is_number(value: Any) -> bool:
    """NULL is nothing else."""
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))


def _table(columns: list[str], rows: list[tuple[Any, ...]], numbers: list[bool]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'|'.join('---:' if is_number else '---' for is_number in numbers)}|"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"


def _cell(value: Any) -> str:
    return "NULL" if value is None else str(value).replace("|", "\\|")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.queries", description=__doc__)
    parser.add_argument(
        "--home", type=Path, default=None, help="home of a finished demo (default: as for warehouse)"
    )
    arguments = parser.parse_args()
    settings = load_settings(arguments.home)
    PAGE.write_text(with_output(PAGE.read_text(encoding="utf-8"), settings.published_path), encoding="utf-8")


if __name__ == "__main__":
    main()
