"""What the build file remembers of the lake: which one it is, and how far a run on it has come."""

from dataclasses import dataclass

import duckdb

from ingest.foundation.fetch import fetch_row

# A run works on its branch; its tables are whole and not published; they are published and move to `main`; nothing is open.
WORKING, WHOLE, PUBLISHED, SETTLED = "working", "whole", "published", "settled"

_TABLE = """create table if not exists meta.lake (
    place varchar, settled_branch varchar, branch varchar, stage varchar, is_stale boolean, has_tables boolean
)"""


@dataclass(frozen=True)
class Note:
    """`place` names the lake; `settled_branch` is the branch that last moved to `main`, which the lake knows too.

    `is_stale`: marts in the build file may come from a branch that was given up. `has_tables`: every table was published once.
    """

    place: str
    settled_branch: str | None
    branch: str | None
    stage: str
    is_stale: bool
    has_tables: bool


def read(connection: duckdb.DuckDBPyConnection) -> Note | None:
    """The note, None where no run has worked on a lake."""
    has_note = fetch_row(
        connection,
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = 'meta' "
        "and table_name = 'lake'",
    )
    row = fetch_row(connection, "from meta.lake") if has_note else None
    return Note(*row) if row else None


def write(connection: duckdb.DuckDBPyConnection, note: Note) -> None:
    connection.execute("begin")
    connection.execute(_TABLE)
    connection.execute("delete from meta.lake")
    connection.execute(
        "insert into meta.lake values (?, ?, ?, ?, ?, ?)",
        [note.place, note.settled_branch, note.branch, note.stage, note.is_stale, note.has_tables],
    )
    connection.execute("commit")


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables are on no lake any more."""
    connection.execute("drop table if exists meta.lake")
