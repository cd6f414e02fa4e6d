"""Opening the published file and, for the lineage, the build file, for commands that only read."""

import contextlib
from collections.abc import Iterator

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.lock import lock_holder, writer_lock
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text

# A landing is over in a moment; a run is not worth waiting for.
_LOCK_WAIT_SECONDS = 2.0


def describe_holder(holder: dict[str, str]) -> str:
    """Who holds the writer lock, for people."""
    return (
        f"{holder.get('what', 'unknown')}, process {holder.get('pid', 'unknown')} "
        f"on {holder.get('host', 'unknown')} since {holder.get('since', 'unknown')}"
    )


def in_memory() -> duckdb.DuckDBPyConnection:
    """A connection to no file, in UTC, without extensions from the network."""
    connection = duckdb.connect(":memory:")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set autoinstall_known_extensions = false")
    return connection


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory connection in UTC with the published file attached read-only as `published`.

    Raises WarehouseError when nothing is published yet or the file cannot be read.
    """
    path = settings.published_path
    if not path.exists():
        raise WarehouseError(
            f"nothing is published yet ({path} does not exist). Land data with `warehouse land DIR`, then "
            "run `warehouse increment`; or try `warehouse demo`. --home names another warehouse."
        )
    connection = in_memory()
    try:
        connection.execute(f"attach {quote_text(str(path))} as published (read_only)")
    except duckdb.Error as error:
        connection.close()
        raise WarehouseError(
            f"{path} could not be read: {error}\nNothing was changed. Earlier publications are in "
            f"{path.parent / 'previous'}; `warehouse increment` writes a new one."
        ) from None
    return connection


def require_build(settings: Settings) -> None:
    """Raises WarehouseError when there is no build file."""
    if not settings.build_path.exists():
        raise WarehouseError(
            f"{settings.build_path} does not exist, and raw rows are only there. Nothing was changed. "
            "Run this where the warehouse is built, or name its folder with --home; "
            "`warehouse land DIR` begins a new one."
        )


@contextlib.contextmanager
def build_held(settings: Settings, purpose: str) -> Iterator[None]:
    """Hold the build file for reading: a run must not meet an open file, nor a reader a half-built table.

    Raises WarehouseError when there is no build file, or when a run holds it, naming who does.
    """
    require_build(settings)
    waiting = min(_LOCK_WAIT_SECONDS, settings.lock_wait_seconds)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(writer_lock(settings.replace(lock_wait_seconds=waiting), purpose))
        except WarehouseError:
            holder = lock_holder(settings)
            if holder is None:
                raise
            raise WarehouseError(
                f"a run holds the build file: {describe_holder(holder)}. Nothing was changed. Published "
                "figures stay readable; run the command again when the run has finished."
            ) from None
        yield


@contextlib.contextmanager
def build_attached(settings: Settings, connection: duckdb.DuckDBPyConnection, purpose: str) -> Iterator[None]:
    """Attach the build file read-only as `build` and make it the default for the block.

    Raises WarehouseError when a run holds it (naming who) or the file is missing or cannot be read.
    """
    path = settings.build_path
    with build_held(settings, purpose):
        try:
            connection.execute(f"attach {quote_text(str(path))} as build (read_only)")
        except duckdb.Error as error:
            raise WarehouseError(
                f"{path} could not be read: {error}\nNothing was changed. If another program has it open, "
                "close it and run the command again."
            ) from None
        try:
            connection.execute("use build.main")
            yield
        finally:
            connection.execute("use memory.main")
            connection.execute("detach build")
