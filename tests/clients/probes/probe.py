"""What every Python probe does with its client. Standard library only: it runs in any environment."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

TABLES = (
    "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'audit') order by all"
)
FIGURE = "select net_revenue_cny from marts.core_daily where business_type = 'all'"
WRITE = "update marts.core_daily set net_revenue_cny = 0"


class Reader(Protocol):
    """A client holding the file open."""

    def tables(self) -> list[tuple[str, str]]: ...

    def columns(self, schema: str, table: str) -> tuple[int, dict[str, Iterable[str]]]:
        """The number of rows read, and per column the kinds of value in it (`kind`)."""

    def figure(self) -> str:
        """The net revenue of `core_daily`, all types, added up by the client's user."""

    def write(self) -> None:
        """Try to write. Raises whatever the client raises."""

    def close(self) -> None: ...


def kind(value: Any) -> str:
    """text, integer, decimal, float, boolean, date, timestamp; else the name of the value's type."""
    for python_type, name in (
        (bool, "boolean"),
        (int, "integer"),
        (str, "text"),
        (Decimal, "decimal"),
        (float, "float"),
        (datetime, "timestamp"),
        (date, "date"),
    ):
        if isinstance(value, python_type):
            return name if getattr(value, "tzinfo", None) is None else f"{name} with time zone"
    return type(value).__name__


def kinds(names: Iterable[str], rows: list[tuple[Any, ...]]) -> dict[str, set[str]]:
    """Per column the kinds of its values other than NULL."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for row in rows:
        for name, value in zip(found, row, strict=True):
            if value is not None:
                found[name].add(kind(value))
    return found


def run(opened: Callable[[str], Reader]) -> None:
    """The probe: see tests/clients/clients.py for its two lines of JSON."""
    path = sys.argv[-1]
    reader = opened(path)
    try:
        reader.write()
        refusal = None
    except Exception as error:
        refusal = str(error).splitlines()[0]
    tables = {f"{schema}.{table}": _table(reader, schema, table) for schema, table in reader.tables()}
    _say({"tables": tables, "net_revenue_cny": reader.figure(), "write_refusal": refusal})
    sys.stdin.readline()
    _say(dict(_reread(opened, path, reader)))


def _table(reader: Reader, schema: str, table: str) -> dict[str, Any]:
    row_count, columns = reader.columns(schema, table)
    return {"row_count": row_count, "kinds": {name: sorted(found) for name, found in columns.items()}}


def _reread(opened: Callable[[str], Reader], path: str, held: Reader) -> Iterator[tuple[str, str]]:
    """What the open connection sees now, what a second one beside it, and what one when all were closed."""
    yield "held", held.figure()
    second = opened(path)
    yield "second", second.figure()
    second.close()
    held.close()
    again = opened(path)
    yield "reopened", again.figure()
    again.close()


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)
