"""One question to the published file, in SQL."""

import contextlib
from collections.abc import Iterator

import duckdb

from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.settings import Settings
from orchestration.reading.published import open_published


@contextlib.contextmanager
def answer(settings: Settings, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection on which the one statement `sql` has run, its result not yet fetched.

    Tables may be named with or without their schema. The file is read as it was published last and is never
    locked; a run may publish the next one meanwhile. Instants are UTC. Raises UsageError for anything but one
    statement that only reads, and for SQL that names what is not there; WarehouseError where the statement
    fails on a value or nothing is published yet.
    """
    with contextlib.closing(open_published(settings)) as connection:
        connection.execute("set search_path = 'published.marts,published.audit'")
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1:
                raise UsageError(
                    f"one statement is run at a time, and the query has {len(statements)}. Nothing was run."
                )
            if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
                raise UsageError(
                    f"the published file is only read, and this is {statements[0].type.name}. Nothing was run. "
                    "Give a query: select, from, with, describe, summarize, show, explain."
                )
            connection.execute(statements[0])
            yield connection
        except duckdb.ProgrammingError as error:
            raise UsageError(f"the query cannot be run: {error}") from None
        except duckdb.Error as error:
            raise WarehouseError(f"the query failed: {error}") from None
