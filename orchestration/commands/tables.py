"""Columns and rows written as text for people, as CSV, as JSON and as Parquet."""

import csv
import io
import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from ingest.foundation.errors import UsageError
from ingest.foundation.shown import printable
from orchestration.commands.output import as_json, as_text, counted

if TYPE_CHECKING:
    import pyarrow as pa

Row = tuple[Any, ...]


def write_text(columns: list[str], rows: list[Row], file: TextIO) -> None:
    """Aligned columns, numbers to the right, and the number of rows."""
    cells = [[printable(name) for name in columns], *([as_text(value) for value in row] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    is_number = [any(_is_number(row[at]) for row in rows) for at in range(len(columns))]
    for number, line in enumerate(cells):
        aligned = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        )
        file.write("  ".join(aligned).rstrip() + "\n")
        if number == 0:
            file.write("  ".join("-" * width for width in widths) + "\n")
    file.write(f"{counted(len(rows), 'row')}\n")


def write_csv(columns: list[str], rows: list[Row], file: TextIO) -> None:
    """A header and one line a row (RFC 4180); NULL is empty."""
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_exact(value) for value in row] for row in rows)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _exact(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def write_json(columns: list[str], rows: list[Row], file: TextIO) -> None:
    """An array of objects, one a line. Raises UsageError where two columns have one name."""
    name, count = Counter(columns).most_common(1)[0]
    if count > 1:
        raise UsageError(f"{count} columns are named {name!r}; give each a name of its own (as …).")
    lines = (
        json.dumps(as_json(dict(zip(columns, row, strict=True))), ensure_ascii=False, default=str)
        for row in rows
    )
    file.write("[" + ",\n".join(lines) + "]\n")


def write_parquet(table: "pa.Table", file: BinaryIO) -> None:
    """One Parquet file; decimals keep their scale."""
    import pyarrow.parquet as pq

    # A pipe cannot say where it is, which the writer asks.
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd")
    file.write(content.getbuffer())
