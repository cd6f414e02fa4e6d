"""Tables with types of their own (Parquet files, database tables, Arrow, pandas) to exact text."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.contract.feeds import Feed
from ingest.foundation.errors import RejectedFile
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.read.delivery import Delivery, Header, create_rows, layout_json, match_header


def read_parquet(connection: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> Delivery:
    """Raises RejectedFile for what is no readable Parquet file, for its columns, and for nested values in them."""
    source = f"read_parquet({quote_text(str(path))}, binary_as_string = true)"
    try:
        names = pq.read_schema(path).names
        described = connection.execute(f"describe select * from {source}").fetchall()
    except (pa.ArrowException, duckdb.Error, OSError) as error:
        raise RejectedFile("unreadable_file", f"not a readable Parquet file: {_first_line(error)}") from None
    header = match_header(feed, list(names))
    try:
        return _read_table(connection, feed, source, header, described, kind="parquet", line_column=None)
    except duckdb.Error as error:
        raise RejectedFile("unreadable_file", f"the Parquet data is damaged: {_first_line(error)}") from None


def read_relation(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    relation: Any,
    kind: str,
    line_column: str | None = None,
) -> Delivery:
    """Reads a table: its name, a pyarrow Table, a pandas frame or a DuckDB relation.

    `line_column` names the column that holds the rows' line numbers; without one they are numbered from 1.
    """
    if isinstance(relation, str):
        source = quote_identifier(relation)
    else:
        source = "landing_source"
        if type(relation).__module__.startswith("pandas"):
            relation = pa.Table.from_pandas(relation, preserve_index=False)
        connection.register(source, relation)
    try:
        described = connection.execute(f"describe select * from {source}").fetchall()
        header = match_header(feed, [name for name, *_ in described if name != line_column])
        described = [column for column in described if column[0] != line_column]
        return _read_table(connection, feed, source, header, described, kind=kind, line_column=line_column)
    finally:
        if source == "landing_source":
            connection.unregister(source)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _read_table(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    source: str,
    header: Header,
    described: list[tuple[Any, ...]],
    *,
    kind: str,
    line_column: str | None,
) -> Delivery:
    types = {position: str(column[1]) for position, column in enumerate(described)}
    sources = {position: quote_identifier(column[0]) for position, column in enumerate(described)}
    nested = [name for position, name in header.known.items() if _is_nested(types[position])]
    if nested:
        raise RejectedFile(
            "retyped_column",
            f"the columns {', '.join(nested)} hold nested values; the feed {feed.name} needs plain ones",
        )
    expressions = {name: _as_text(sources[at], types[at]) for at, name in header.known.items()}
    extras = {name: _as_text(sources[at], types[at]) for at, name in header.unknown.items()}
    # A float that is no number would pass as the text 'nan' of an identifier.
    infinite = [
        f"when not isfinite({sources[at]}) then 'not_a_number|{name}'"
        for at, name in header.known.items()
        if types[at] in ("FLOAT", "DOUBLE")
    ]
    table = create_rows(
        connection,
        expressions,
        extras,
        source,
        line=quote_identifier(line_column) if line_column else "null",
        reader_reject=f"case {' '.join(infinite)} end" if infinite else "null",
    )
    return Delivery(
        feed=feed,
        kind=kind,
        table=table,
        columns=tuple(header.known.values()),
        unknown_columns=tuple(header.unknown.values()),
        line="_line" if line_column else "rowid + 1",
        layout=layout_json(header.found),
    )


def _is_nested(type_: str) -> bool:
    return type_.startswith(("STRUCT", "MAP", "UNION")) or type_.endswith("]")


def _as_text(source: str, type_: str) -> str:
    """SQL for the exact text of a value: all digits of decimals, offsets of instants, floats in short."""
    if type_ == "VARCHAR":
        return source
    if _is_nested(type_) or type_ == "JSON":
        return f"cast(to_json({source}) as varchar)"
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"cast(timezone('UTC', {source}) as varchar) || 'Z'"
    if type_ in ("FLOAT", "DOUBLE"):
        text = f"cast({source} as varchar)"
        exact = f"try_cast({text} as decimal(38, 18))"
        plain = f"rtrim(rtrim(cast({exact} as varchar), '0'), '.')"
        return (
            f"case when not contains({text}, 'e') then regexp_replace({text}, '\\.0$', '') "
            f"when isfinite({source}) and cast({exact} as double) = {source} then {plain} else {text} end"
        )
    return f"cast({source} as varchar)"
