"""Nothing is published from a loss: whether the build file is the one that made what readers have.

Raw rows are only in the build file. A missing, damaged or older one would replace full books by empty or older ones.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.fetch import fetch_row, fetch_rows
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text


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


def require_build_file(settings: Settings, published: LastPublication | None) -> None:
    """Raises WarehouseError when there was a publication and the build file is gone or no database any more."""
    if published is None:
        return
    if not settings.build_path.exists():
        raise _refusal(settings, f"{settings.build_path} does not exist")
    try:
        duckdb.connect(str(settings.build_path)).close()
    except duckdb.Error as error:
        if "Could not set lock" not in str(error):
            raise _refusal(settings, _unreadable(settings, error)) from None


def require_own_publication(
    settings: Settings, connection: duckdb.DuckDBPyConnection, published: LastPublication | None
) -> None:
    """Raises WarehouseError when the build file, open on `connection`, does not know the run that published last."""
    if published is None:
        return
    known = _known_runs(connection)
    if published.run_id is None and not known:
        raise _refusal(settings, f"{settings.build_path} has never been published from")
    if published.run_id is not None and published.run_id not in known:
        raise _refusal(
            settings,
            f"{settings.build_path} is older than {published.path}, which run {published.run_id} wrote",
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
        raise _refusal(settings, _unreadable(settings, error)) from None
    except OSError as error:
        raise WarehouseError(
            f"{error.filename or settings.home} could not be written: {error.strerror}. Readers keep the last "
            "publication. Make the warehouse's home folder writable and run the command again."
        ) from None


def _refusal(settings: Settings, what: str) -> WarehouseError:
    folder = settings.published_path.parent
    return WarehouseError(
        f"{what}. Raw rows are only in the build file, so nothing was published: readers keep what they have in "
        f"{folder}.\nBring the build file back: move what is left of it aside, then `warehouse restore DIR` from a backup, or "
        "put a copy of the file in its place. "
        f"Without either, move {folder} aside, land the exports again (`warehouse land DIR`) and run "
        "`warehouse increment`."
    )


def _unreadable(settings: Settings, error: duckdb.Error) -> str:
    said = str(error).splitlines() or [type(error).__name__]
    return f"{settings.build_path} could not be read ({said[0]})"
