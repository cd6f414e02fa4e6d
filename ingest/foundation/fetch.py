"""Fetching from DuckDB: always the whole result, so that none stays open on the connection.

From DuckDB 2.0 on an open result keeps the connection from registering the next table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

Parameters = Sequence[Any] | Mapping[str, Any]


def fetch_rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Parameters = ()
) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return connection.execute(query, parameters or None).fetchall()


def fetch_row(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Parameters = ()
) -> tuple[Any, ...] | None:
    """The first row of a query, None if it has none."""
    rows = fetch_rows(connection, query, parameters)
    return rows[0] if rows else None


def fetch_value(connection: duckdb.DuckDBPyConnection, query: str, parameters: Parameters = ()) -> Any:
    """The first value of a query's first row, None if it has no row."""
    row = fetch_row(connection, query, parameters)
    return row[0] if row else None
