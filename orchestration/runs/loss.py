"""Nothing is published from a loss: whether the raw file is whole, and the build file the one that made what readers have.

A missing, damaged or older one of either would replace full books by empty or older ones. A build file can be made anew from
the raw file; the raw file only comes back from a backup.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.foundation.database import is_in_use
from ingest.foundation.errors import WarehouseError
from ingest.foundation.faults import fault, first_line, is_damage, said
from ingest.foundation.fetch import fetch_row, fetch_rows
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.raw.raw_file import has_raw
from orchestration.runs import state

# SQL: the landings, as `feed/name`, that the publication attached as `published` counts and the raw file does not have.
LOST = """
select feed || '/' || source_name from published.audit.load_batches
where status = 'landed' and (batch_id, feed, landed_at) not in (select (batch_id, feed, landed_at) from raw.batches)
order by batch_id
"""


@dataclass(frozen=True)
class LastPublication:
    """What readers have: the newest file that can be read, with the run that wrote it and its as-of.

    `run_id` and `as_of` are None where no file can be read. `is_current` says whether it is the published file itself.
    """

    path: Path
    run_id: str | None
    as_of: datetime | None
    is_current: bool


def last_publication(settings: Settings) -> LastPublication | None:
    """The published file, else the newest kept before it; None where nothing was ever published."""
    current = settings.published_path
    kept = sorted((current.parent / "previous").glob("warehouse-*.duckdb"), reverse=True)
    if not current.exists() and not kept:
        return None
    for path in (current, *kept):
        run = last_run(path)
        if run is not None:
            return LastPublication(path, *run, is_current=path == current)
    return LastPublication(current, None, None, is_current=False)


def last_run(published: Path) -> tuple[str, datetime] | None:
    """The run that wrote a published file and its as-of, None where there is no file or it cannot be read."""
    try:
        if not published.is_file() or not published.stat().st_size:
            return None
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"attach {quote_text(str(published))} as published (read_only)")
            return fetch_row(
                connection,
                "select run_id, as_of_at from published.audit.runs order by published_at desc, run_id desc limit 1",
            )
    except (duckdb.Error, OSError):
        return None


def require_raw_file(settings: Settings) -> None:
    """Raises WarehouseError when there is a raw file and it is no database any more, or when it is gone.

    Blocks that hold rows are not looked at; `require_whole_raw_file` does.
    """
    if not has_raw(settings):
        return
    try:
        with duckdb.connect(str(settings.raw_path), read_only=True) as connection:
            fetch_rows(connection, "select count(*) from raw.batches")
    except duckdb.Error as error:
        if not is_in_use(error):
            raise _raw_is_lost(
                settings, f"{settings.raw_path} could not be read ({first_line(error)})"
            ) from None


def require_whole_raw_file(settings: Settings) -> None:
    """Raises WarehouseError when a block of the raw file is not what was written, whether or not anything reads it.

    Costs one read of the file. What is not read by models (personal data, unknown columns, withdrawn rows) is only noticed here.
    """
    found = damage(settings.raw_path)
    if found:
        raise _raw_is_lost(settings, f"{settings.raw_path} is damaged ({found})")


def require_build_file(settings: Settings, published: LastPublication | None) -> None:
    """Raises WarehouseError when there was a publication and the build file is gone or no database any more."""
    if published is None:
        return
    if not settings.build_path.exists():
        raise _build_is_lost(settings, f"{settings.build_path} does not exist")
    try:
        duckdb.connect(str(settings.build_path), read_only=True).close()
    except duckdb.Error as error:
        if not is_in_use(error):
            raise _build_is_lost(settings, _unreadable(settings, error)) from None


def require_own_publication(
    settings: Settings, connection: duckdb.DuckDBPyConnection, published: LastPublication | None
) -> None:
    """Raises WarehouseError when the build file, open on `connection`, is not the one that made the last publication.

    Or when the raw file has not everything that was published from it.
    """
    if not state.is_raw_whole(connection):
        raise _raw_is_lost(
            settings,
            f"{settings.raw_path} does not have every landing that the last publication was made from: it is an older copy, or "
            "another one",
        )
    if published is None:
        return
    known = _known_runs(connection)
    if published.run_id is None and not known:
        raise _build_is_lost(settings, f"{settings.build_path} has never been published from")
    if published.run_id is not None and published.run_id not in known:
        raise _build_is_lost(
            settings,
            f"{settings.build_path} is older than {published.path}, which run {published.run_id} wrote",
        )


def require_published_landings(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    """Raises WarehouseError when the last publication, attached as `published`, counts a landing that raw does not have."""
    lost = fetch_rows(connection, LOST)
    if lost:
        raise _raw_is_lost(
            settings,
            f"{settings.raw_path} does not have {len(lost)} landings that the last publication counts, {lost[0][0]} first: it "
            "is an older copy, or another one",
        )


def _known_runs(connection: duckdb.DuckDBPyConnection) -> set[str]:
    has_runs = fetch_rows(
        connection,
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = 'audit' "
        "and table_name = 'runs'",
    )
    return (
        {run_id for (run_id,) in fetch_rows(connection, "select run_id from audit.runs")}
        if has_runs
        else set()
    )


@contextlib.contextmanager
def build_failures(settings: Settings) -> Iterator[None]:
    """Tell what DuckDB or the file system refuse of a build file in words. Raises WarehouseError."""
    try:
        yield
    except duckdb.Error as error:
        if not is_damage(error) or is_in_use(error):
            raise fault(error) from None
        if settings.published_path.exists() and not can_be_read(settings.published_path):
            raise damaged_publication(settings, said(error)) from None
        if not can_be_read(settings.raw_path):
            raise _raw_is_lost(
                settings, f"{settings.raw_path} could not be read ({first_line(error)})"
            ) from None
        raise _build_is_lost(settings, _unreadable(settings, error)) from None
    except OSError as error:
        raise fault(error) from None


def can_be_read(file: Path) -> bool:
    """Whether every table of a database file can be read to its end. Raises as `damage` does."""
    return damage(file) is None


def damage(file: Path) -> str | None:
    """What keeps a database file from being read to its end, in DuckDB's words; None where nothing does.

    DuckDB compares the checksum of each block that it reads. Raises WarehouseError where the machine refuses (too little
    memory, no right to read, somebody writing it): that says nothing of the file.
    """
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"attach {quote_text(str(file))} as file (read_only)")
            for schema, table in fetch_rows(
                connection, "select schema_name, table_name from duckdb_tables() where database_name = 'file'"
            ):
                # Every column is read, and nothing is brought out.
                name = f"file.{quote_identifier(schema)}.{quote_identifier(table)}"
                fetch_rows(connection, f"select bit_xor(hash(columns(*))) from {name}")
        return None
    except duckdb.Error as error:
        if is_in_use(error) or not is_damage(error):
            raise fault(error) from None
        return said(error)


def damaged_publication(settings: Settings, found: str) -> WarehouseError:
    """What to say where the published file is needed and cannot be read to its end."""
    path = settings.published_path
    return WarehouseError(
        f"{path} is damaged ({found}), so what changed since cannot be told. Nothing was published and nothing landed "
        f"was lost. Move it aside and run the command again: it compares with the newest file in {path.parent / 'previous'} "
        "and publishes anew."
    )


def _build_is_lost(settings: Settings, what: str) -> WarehouseError:
    return WarehouseError(
        f"{what}. Nothing was published from it: readers keep what they have in {settings.published_path.parent}, and what "
        f"landed is safe in {settings.raw_path}.\nMake it anew from what landed with `warehouse calibrate --rebuild`; "
        "or bring it back: `warehouse restore DIR` from a backup, or a copy of the file in its place."
    )


def _raw_is_lost(settings: Settings, what: str) -> WarehouseError:
    folders = f"{settings.raw_path.parent}, {settings.build_path.parent} and {settings.published_path.parent}"
    return WarehouseError(
        f"{what}. What landed is only there, so nothing was published: readers keep what they have in "
        f"{settings.published_path.parent}.\nMove what is left of the file aside, then `warehouse restore DIR` from a backup; or "
        f"put a copy of the file in its place. Without either, move {folders} aside, land the exports again "
        "(`warehouse land DIR`) and run `warehouse increment`."
    )


def _unreadable(settings: Settings, error: duckdb.Error) -> str:
    return f"{settings.build_path} could not be read ({first_line(error)})"
