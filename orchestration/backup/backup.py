"""The backup: raw rows batch by batch, and whole what is small or changes."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import utc_now
from ingest.foundation.errors import LockHeld, UsageError, WarehouseError
from ingest.foundation.faults import advice, said
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.lock import writer_lock
from ingest.foundation.progress import Progress, ShowProgress, show_nothing
from ingest.foundation.settings import FILE_NAME, Settings
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.foundation.version import program_version
from ingest.raw.raw_file import has_raw, open_raw
from orchestration.backup.files import checksum, prune, write_aside
from orchestration.backup.manifest import (
    BATCHES,
    FORMAT_VERSION,
    HOME_FILES,
    NAME,
    PUBLICATION,
    STATE,
    Manifest,
    StoredBatch,
    StoredFile,
    StoredPublication,
    StoredTable,
    is_whole,
    read_manifest,
    write_manifest,
)
from orchestration.backup.records import record
from orchestration.runs import audit, loss
from orchestration.runs.build_file import open_build
from orchestration.runs.dbt import settings_fingerprint
from orchestration.runs.loss import LastPublication


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds, and how many batches of it this one added."""

    folder: Path
    batch_count: int
    new_batch_count: int
    row_count: int
    backed_up_at: datetime


def backup(settings: Settings, folder: Path, *, show_progress: ShowProgress = show_nothing) -> BackupReport:
    """Bring the backup in `folder`, which is made where it is missing, up to date with the home.

    Holds the writer lock while it reads what is small. Rows are read batch by batch, so runs do not wait for them, and a
    landing only for the batch at hand. Only batches that are not yet there are written; the
    ledger, the quarantine, cursors, state, audit history, settings and the last publication are written anew. A kept file
    that is not what the manifest says is written again, too. Until the manifest is replaced, last, the earlier backup is whole.
    Raises UsageError when the folder holds anything else or the backup of another warehouse; WarehouseError when there is
    nothing to back up, the build file did not make the last publication, what is to be written cannot be read, a lock is held,
    or the disk refuses.
    """
    folder = folder.absolute()
    _require_backup_folder(folder)
    published = loss.last_publication(settings)
    if not has_raw(settings):
        raise WarehouseError(
            f"{settings.raw_path} does not exist: there is nothing to back up. Nothing was written. Land something, or "
            "name the warehouse's folder with --home."
        )
    loss.require_raw_file(settings)
    with _write_failures(folder), _only_backup(folder):
        with writer_lock(settings, "backup"):
            published = loss.last_publication(settings)
            loss.require_build_file(settings, published)
            with _opened(settings) as connection:
                loss.require_own_publication(settings, connection, published)
                show_progress(Progress("state"))
                begun = _write_state(settings, connection, folder, published)
        report = _write_batches(settings, folder, begun, show_progress)
        record(settings, folder, report.backed_up_at)
    return report


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file with raw for reading; raw alone before the first run."""
    if settings.build_path.exists():
        with contextlib.closing(open_build(settings, read_only=True)) as connection:
            yield connection
    else:
        with contextlib.closing(open_raw(settings, read_only=True)) as connection:
            yield connection


@contextlib.contextmanager
def _only_backup(folder: Path) -> Iterator[None]:
    """Hold the folder against another backup of the same moment. Raises LockHeld when there is one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise LockHeld(
            f"another backup is writing to {folder}. Nothing was changed. Run the command again when it has finished."
        ) from None
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class _Begun:
    """A backup that lacks rows: the manifest as it will be, without batches, and the batches that it is to have."""

    manifest: Manifest
    landed: list[dict[str, Any]]
    kept: dict[str, StoredBatch]


def _write_state(
    settings: Settings, connection: duckdb.DuckDBPyConnection, folder: Path, published: LastPublication | None
) -> _Begun:
    earlier = read_manifest(folder)
    landed = _landed_batches(connection)
    kept = _kept_batches(folder, earlier, landed)
    backed_up_at = utc_now()
    state = f"{STATE}/{backed_up_at:%Y%m%dT%H%M%S%f}"
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        program_version=program_version(),
        backed_up_at=backed_up_at,
        settings_fingerprint=settings_fingerprint(settings),
        settings=_write_home_file(settings, folder, state, FILE_NAME),
        home_files=tuple(
            stored
            for name in HOME_FILES
            if (stored := _write_home_file(settings, folder, state, name)) is not None
        ),
        publication=_write_publication(folder, published, earlier),
        tables=tuple(
            _write_table(connection, folder, state, schema, table)
            for schema, table in _whole_tables(connection)
        ),
        batches=(),
    )
    return _Begun(manifest, landed, kept)


def _write_batches(
    settings: Settings, folder: Path, begun: _Begun, show_progress: ShowProgress
) -> BackupReport:
    landed, kept = begun.landed, dict(begun.kept)
    missing = [batch for batch in landed if batch["batch_id"] not in kept]
    for number, batch in enumerate(missing, 1):
        show_progress(Progress("batches", number, len(missing), f"{batch['feed']} {batch['batch_id']}"))
        # Opened for each, so that a landing comes between two.
        with contextlib.closing(open_raw(settings, read_only=True)) as connection:
            kept[batch["batch_id"]] = _write_batch(connection, folder, batch)
    batches = tuple(kept[batch["batch_id"]] for batch in landed)
    manifest = begun.manifest.model_copy(update={"batches": batches})
    write_manifest(folder, manifest)
    named = {folder / stored.file for stored in manifest.files}
    for name in (BATCHES, STATE, PUBLICATION):
        prune(folder / name, named)
    return BackupReport(
        folder,
        len(landed),
        len(missing),
        sum(batch.row_count for batch in manifest.batches),
        manifest.backed_up_at,
    )


def _landed_batches(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The batches that have raw rows, in landing order, as the manifest names them."""
    rows = fetch_rows(
        connection,
        "select batch_id, feed, content_hash, landed_at, first_landing_seq, last_landing_seq, coalesce(erasure_count, 0) "
        "from raw.batches "
        "where first_landing_seq is not null order by first_landing_seq",
    )
    names = ("batch_id", "feed", "content_hash", "landed_at", "first", "last", "erasure_count")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _kept_batches(
    folder: Path, earlier: Manifest | None, landed: list[dict[str, Any]]
) -> dict[str, StoredBatch]:
    """By id, the batches that are in the backup already. Raises UsageError when they are of another warehouse."""
    if earlier is None:
        return {}
    known = {_identity(batch) for batch in landed}
    foreign = [stored.batch_id for stored in earlier.batches if _identity(dict(stored)) not in known]
    if foreign:
        raise UsageError(
            f"{folder} holds {len(foreign)} batches that this warehouse has not landed, {foreign[0]} first: it is "
            "the backup of another one, or of this one before something was lost. It was left as it is. Give a folder "
            "of its own."
        )
    erasures = {batch["batch_id"]: batch["erasure_count"] for batch in landed}
    return {
        stored.batch_id: stored
        for stored in earlier.batches
        if is_whole(folder, stored) and stored.erasure_count == erasures[stored.batch_id]
    }


def _identity(batch: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(batch[name] for name in ("batch_id", "feed", "content_hash", "landed_at"))


def _write_batch(connection: duckdb.DuckDBPyConnection, folder: Path, batch: dict[str, Any]) -> StoredBatch:
    # The range of landing numbers lets DuckDB skip the rest of the table.
    query = (
        f"from raw.{quote_identifier(batch['feed'])} where _batch_id = {quote_text(batch['batch_id'])} "
        f"and _landing_seq between {batch['first']} and {batch['last']}"
    )
    # A name of its own after each erasure: the earlier file is named by the manifest until that is replaced.
    again = f"-{batch['erasure_count']}" if batch["erasure_count"] else ""
    row_count, file = _write_parquet(
        connection, folder, f"{BATCHES}/{batch['feed']}/{batch['batch_id']}{again}.parquet", query
    )
    return StoredBatch(
        **dict(file),
        **{name: batch[name] for name in ("batch_id", "feed", "content_hash", "landed_at", "erasure_count")},
        row_count=row_count,
    )


def _whole_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Everything that dbt does not build, but for the feeds' rows."""
    rows = fetch_rows(
        connection,
        "select schema_name, table_name from duckdb_tables() where "
        "(schema_name in ('raw', 'meta') or (schema_name = 'audit' and table_name in ?)) order by all",
        [list(audit.KEPT_TABLES)],
    )
    return [
        (schema, table) for schema, table in rows if (schema, table) not in {("raw", feed) for feed in FEEDS}
    ]


def _write_table(
    connection: duckdb.DuckDBPyConnection, folder: Path, state: str, schema: str, table: str
) -> StoredTable:
    row_count, file = _write_parquet(
        connection, folder, f"{state}/{schema}/{table}.parquet", f"from {schema}.{quote_identifier(table)}"
    )
    return StoredTable(**dict(file), schema_name=schema, table_name=table, row_count=row_count)


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, folder: Path, name: str, query: str
) -> tuple[int, StoredFile]:
    row_count = 0

    def write(path: Path) -> None:
        nonlocal row_count
        # Into the file that is there already: a temporary one of DuckDB's would have the rights of the umask.
        row_count = fetch_value(
            connection,
            f"copy ({query}) to {quote_text(str(path))} (format parquet, compression zstd, use_tmp_file false)",
        )

    file = _stored(folder, name, write)
    return row_count, file


def _write_home_file(settings: Settings, folder: Path, state: str, name: str) -> StoredFile | None:
    source = settings.home / name
    if not source.exists():
        return None
    return _stored(folder, f"{state}/{name}", lambda path: shutil.copyfile(source, path))


def _write_publication(
    folder: Path, published: LastPublication | None, earlier: Manifest | None
) -> StoredPublication | None:
    if published is None or published.run_id is None or published.as_of is None:
        return None
    before = earlier.publication if earlier else None
    if before is not None and before.run_id == published.run_id and is_whole(folder, before):
        return before
    found = loss.damage(published.path)
    if found:
        raise WarehouseError(
            f"{published.path} is damaged ({found}). Nothing was backed up from it: what {folder} held before can still be "
            "restored.\nMove it aside, run `warehouse increment`, which publishes anew, and back up again."
        )
    file = _stored(
        folder,
        f"{PUBLICATION}/{published.run_id}.duckdb",
        lambda path: shutil.copyfile(published.path, path),
    )
    return StoredPublication(**dict(file), run_id=published.run_id, as_of_at=published.as_of)


def _stored(folder: Path, name: str, write: Callable[[Path], Any]) -> StoredFile:
    path = folder / name
    write_aside(path, write)
    return StoredFile(file=name, sha256=checksum(path), byte_count=path.stat().st_size)


def _require_backup_folder(folder: Path) -> None:
    try:
        others = {path.name for path in folder.iterdir()} - {BATCHES, STATE, PUBLICATION, NAME}
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(
            f"{folder}: {error.strerror}. Nothing was written. Give a folder that can be written."
        ) from None
    others = {name for name in others if not name.endswith(NAME)}
    if others:
        raise UsageError(
            f"{folder} holds {min(others)}, which is no part of a backup. Nothing was written. Give a folder of its own."
        )


@contextlib.contextmanager
def _write_failures(folder: Path) -> Iterator[None]:
    """Tell what the disk or DuckDB refuse in words. Raises WarehouseError."""
    try:
        yield
    except (OSError, MemoryError, duckdb.Error) as error:
        raise WarehouseError(
            f"the backup to {folder} was not completed: {said(error)}.\nThe home was not changed, and what {folder} held before "
            f"can still be restored. {advice(error)}"
        ) from None
