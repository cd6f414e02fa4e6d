"""What differs between PostgreSQL, MySQL/MariaDB and SQLite when rows are read from them as exact text.

Every query runs on the server itself (DuckDB's `<kind>_query` functions), so that conditions filter there
and values become text there: nothing passes through a type that could change it.
"""

import contextlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from ingest.databases.addresses import DatabaseAddress
from ingest.databases.mapping import ColumnMapping, EntryMapping
from ingest.foundation.errors import WarehouseError
from ingest.foundation.sql import quote_identifier, quote_text

ATTACHED = "source_database"
SECRET = "source_credentials"
_CONNECT_SECONDS = "15"


class Dialect:
    """One attached database. Use `attached` to get one."""

    kind = ""

    def __init__(self, connection: duckdb.DuckDBPyConnection, address: DatabaseAddress) -> None:
        self.connection = connection
        self.address = address

    def attach(self) -> None:
        """Attaches the database read-only; credentials go through a temporary secret only."""
        raise NotImplementedError

    def quoted(self, name: str) -> str:
        """A column's name, or `schema.table`, as an identifier of the server."""
        return ".".join(quote_identifier(part) for part in name.split("."))

    def source(self, entry: EntryMapping) -> str:
        """The table or query, with the entry's own condition, as a from clause."""
        base = self.quoted(entry.table) if entry.table else f"({entry.query}) as source_rows"
        return f"from {base}" + (f" where ({entry.where})" if entry.where else "")

    def text_columns(self, entry: EntryMapping, columns: list[ColumnMapping]) -> list[str]:
        """Server SQL for the text of each column that comes from the server."""
        return [self.text(self.expression(column)) for column in columns]

    def cursor_text(self, entry: EntryMapping) -> str:
        """Server SQL for the text of the entry's cursor column."""
        assert entry.cursor is not None
        return self.text(self.quoted(entry.cursor.column))

    def expression(self, column: ColumnMapping) -> str:
        return self.quoted(column.column) if column.column else f"({column.sql})"

    def text(self, expression: str) -> str:
        raise NotImplementedError

    def literal(self, value: str) -> str:
        """A cursor's bound: digits, separators and signs only."""
        return quote_text(value)

    def rows(self, query: str) -> str:
        """DuckDB SQL for the result of a query that runs on the server."""
        return f"{self.kind}_query({quote_text(ATTACHED)}, {quote_text(query)})"


class _Postgres(Dialect):
    kind = "postgres"

    def attach(self) -> None:
        options = {"connect_timeout": _CONNECT_SECONDS, **dict(self.address.options)}
        # Whatever the server's defaults: instants with a time zone come as UTC, dates as ISO.
        options["options"] = "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex"
        text = " ".join(f"{name}='{value}'" for name, value in options.items())
        _create_secret(self.connection, self.address)
        self.connection.execute(
            f"attach {quote_text(text)} as {ATTACHED} (type postgres, secret {SECRET}, read_only)"
        )

    def text(self, expression: str) -> str:
        return f"({expression})::text"


class _Mysql(Dialect):
    kind = "mysql"

    def attach(self) -> None:
        # TIMESTAMP columns come in the session's zone; DATETIME ones as they are.
        self.connection.execute("set mysql_session_time_zone = '+00:00'")
        self.connection.execute("set mysql_query_timeout_enabled = false")
        text = " ".join(f"{name}={value}" for name, value in self.address.options)
        _create_secret(self.connection, self.address)
        self.connection.execute(
            f"attach {quote_text(text)} as {ATTACHED} (type mysql, secret {SECRET}, read_only)"
        )

    def quoted(self, name: str) -> str:
        return ".".join("`" + part.replace("`", "``") + "`" for part in name.split("."))

    def text(self, expression: str) -> str:
        return f"cast({expression} as char)"

    def text_columns(self, entry: EntryMapping, columns: list[ColumnMapping]) -> list[str]:
        binary = self._binary_columns(entry, columns)
        data_types = self._data_types(entry)
        texts = []
        for column, is_binary in zip(columns, binary, strict=True):
            expression = self.expression(column)
            data_type = data_types.get((column.column or "").lower(), "")
            self._refuse_unclear_zone(entry, column)
            if data_type == "timestamp":
                texts.append(f"concat({self.text(expression)}, 'Z')")
            elif data_type == "bit":
                texts.append(self.text(f"{expression} + 0"))
            elif is_binary:
                # Bytes that are no UTF-8 would silently become question marks.
                decoded = f"convert({expression} using utf8mb4)"
                texts.append(
                    f"case when cast({decoded} as binary) = {expression} then {decoded} "
                    f"else concat('0x', hex({expression})) end"
                )
            else:
                texts.append(self.text(expression))
        return texts

    def cursor_text(self, entry: EntryMapping) -> str:
        assert entry.cursor is not None
        text = super().cursor_text(entry)
        data_type = self._data_types(entry).get(entry.cursor.column.lower(), "")
        return f"concat({text}, 'Z')" if data_type == "timestamp" else text

    def rows(self, query: str) -> str:
        return f"mysql_query({quote_text(ATTACHED)}, {quote_text(query)}, stream_results := true)"

    def _data_types(self, entry: EntryMapping) -> dict[str, str]:
        """Server types of the table's columns; nothing is known of a query's."""
        if entry.table is None:
            return {}
        schema, _, table = entry.table.rpartition(".")
        owner = f"'{_escaped(schema)}'" if schema else "database()"
        return self._types_where(f"table_schema = {owner} and table_name = '{_escaped(table)}'")

    def _types_where(self, condition: str) -> dict[str, str]:
        query = (
            "select lower(column_name) as column_name, lower(data_type) as data_type "
            f"from information_schema.columns where {condition}"
        )
        rows = self.connection.execute(f"from mysql_query('{ATTACHED}', {quote_text(query)})").fetchall()
        return dict(rows)

    def _binary_columns(self, entry: EntryMapping, columns: list[ColumnMapping]) -> list[bool]:
        if not columns:
            return []
        listed = ", ".join(f"{self.expression(column)} as c{at}" for at, column in enumerate(columns))
        query = f"select {listed} {self.source(entry)} limit 0"
        described = self.connection.execute(
            f"describe select * from mysql_query('{ATTACHED}', {quote_text(query)})"
        ).fetchall()
        return [row[1] == "BLOB" for row in described]

    def _refuse_unclear_zone(self, entry: EntryMapping, column: ColumnMapping) -> None:
        """A TIMESTAMP inside an expression loses its zone on the way to text: the mapping must say it."""
        if column.feed_column.type != "instant" or column.zone or column.epoch:
            return
        if column.column is not None and entry.table is not None:
            return
        condition = "table_schema not in ('mysql', 'sys', 'information_schema', 'performance_schema')"
        zoned = self._types_where(f"data_type = 'timestamp' and {condition}")
        words = re.findall(r"\w+", f"{column.column or column.sql} {entry.query or ''}".lower())
        mentioned = sorted(set(words) & set(zoned))
        if mentioned:
            raise WarehouseError(
                f"{entry.name}, column {column.feed_column.name}: its SQL may use the TIMESTAMP column "
                f"{mentioned[0]}, which MySQL hands over in UTC, or a DATETIME, which it hands over as "
                "stored. "
                'Nothing of it was landed. Say which it is in the mapping: zone = "UTC", or the zone of the '
                "DATETIME."
            )


class _Sqlite(Dialect):
    kind = "sqlite"

    def attach(self) -> None:
        if not Path(self.address.path).is_file():
            raise WarehouseError(f"{self.address.shown}: there is no such file. Nothing was landed.")

        path = quote_text(self.address.path)
        self.connection.execute(f"attach {path} as {ATTACHED} (type sqlite, read_only)")

    def text(self, expression: str) -> str:
        return (
            f"case typeof({expression}) when 'blob' then '0x' || hex({expression}) "
            f"else cast({expression} as text) end"
        )


_DIALECTS: dict[str, type[Dialect]] = {"postgres": _Postgres, "mysql": _Mysql, "sqlite": _Sqlite}


@contextlib.contextmanager
def attached(connection: duckdb.DuckDBPyConnection, address: DatabaseAddress) -> Iterator[Dialect]:
    """The database, attached read-only as `ATTACHED`; detached, its credentials forgotten, afterwards.

    Raises WarehouseError when the extension cannot be loaded or the database cannot be reached.
    """
    _load_extension(connection, address.kind)
    dialect = _DIALECTS[address.kind](connection, address)
    try:
        try:
            dialect.attach()
        except duckdb.Error as error:
            raise WarehouseError(
                f"{address.shown}: could not connect: {driver_message(address.scrubbed(str(error)))}\n"
                "Nothing was landed. Check the address, the user, and the password (environment variable "
                "WAREHOUSE_DB_PASSWORD)."
            ) from None
        yield dialect
    finally:
        connection.execute(f"detach database if exists {ATTACHED}")
        connection.execute(f"drop temporary secret if exists {SECRET}")


def driver_message(text: str) -> str:
    """What a server or driver says, on one line: without DuckDB's prefix and the query it repeats."""
    said = re.sub(r"^[\w ]*Error: ", "", text.strip())
    said = re.sub(r'(query|COPY) ".*": ', r"\1: ", said, flags=re.DOTALL)
    return " ".join(re.split(r"\nLINE \d+:", said)[0].split())[:500]


def _create_secret(connection: duckdb.DuckDBPyConnection, address: DatabaseAddress) -> None:
    fields = {
        "host": address.host,
        "port": str(address.port),
        "user": address.user,
        "password": address.password,
        "database": address.database,
    }
    given = ", ".join(f"{name} {quote_text(value)}" for name, value in fields.items() if value)
    connection.execute(f"create or replace temporary secret {SECRET} (type {address.kind}, {given})")


def _load_extension(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    """From the installed package by path; without the package from DuckDB's own store, or the network."""
    name = f"{kind}_scanner"
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    try:
        for folder in (package.submodule_search_locations or []) if package else []:
            for path in sorted(Path(folder).glob(f"extensions/*/{name}.duckdb_extension")):
                connection.execute(f"load {quote_text(str(path))}")
                return
        with contextlib.suppress(duckdb.Error):
            connection.execute(f"load {name}")
            return
        connection.execute(f"install {name}")
        connection.execute(f"load {name}")
    except duckdb.Error as error:
        raise WarehouseError(
            f"DuckDB's extension {name} could not be loaded: {driver_message(str(error))}\n"
            f"Nothing was landed. Install the package duckdb-extension-{kind}-scanner in the version of "
            f"duckdb ({duckdb.__version__})."
        ) from None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "''")
