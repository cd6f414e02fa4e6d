"""The way back: a raw file, and the state of a build file, made from a backup in a home that has no raw file."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.clock import utc_now
from ingest.foundation.database import attach, connect
from ingest.foundation.errors import LockHeld, UsageError, WarehouseError
from ingest.foundation.faults import advice, said
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.lock import writer_lock
from ingest.foundation.progress import Progress, ShowProgress, show_nothing
from ingest.foundation.readers import let_readers_in
from ingest.foundation.settings import FILE_NAME, Settings, load_settings
from ingest.foundation.sql import quote_identifier
from ingest.raw.earlier_layout import RAW_IN_META, is_earlier_layout, take_over_earlier_layout
from ingest.raw.raw_file import open_raw
from orchestration.backup.files import write_aside
from orchestration.backup.manifest import (
    HOME_FILES,
    NAME,
    Manifest,
    StoredFile,
    StoredTable,
    read_manifest,
    require_whole,
)
from orchestration.runs import audit, loss, state
from orchestration.runs.build_file import give_up, open_build, put_aside
from orchestration.runs.dbt import settings_fingerprint
from orchestration.runs.loss import LastPublication

_ASIDE = ".restoring"
_SHOWN_FILES = 10


@dataclass(frozen=True)
class RestoreReport:
    """What was brought back. `lost` are files (`feed/name`) that the publication counts and the backup does not have."""

    home: Path
    backed_up_at: datetime
    batch_count: int
    row_count: int
    lost: tuple[str, ...]
    is_publication_restored: bool
    are_settings_restored: bool
    are_settings_others: bool


def restore(
    settings: Settings,
    folder: Path,
    *,
    is_loss_allowed: bool = False,
    show_progress: ShowProgress = show_nothing,
) -> RestoreReport:
    """Make the home's raw file from the backup in `folder`; the next increment builds the tables from it.

    The home may have settings and publications, which stay, but no raw file; one that is no database any more is put
    aside. A build file gives way to one that knows what the backup knows. Where readers have no publication that can be read,
    the backup's is put in place. The raw file is renamed into place last, so a restore that is killed is simply run again.
    Raises UsageError when the home has a raw file;
    WarehouseError when the backup is missing, damaged or of a newer format, or when the publication counts landings that
    the backup does not have and `is_loss_allowed` is not set.
    """
    folder = folder.absolute()
    manifest = read_manifest(folder)
    if manifest is None:
        raise WarehouseError(
            f"{folder / NAME} does not exist: {folder} holds no backup, or one that was never completed. Nothing was "
            "changed. Give the folder that `warehouse backup` wrote."
        )
    with writer_lock(settings, "restore"), _home_failures(settings):
        damaged = _require_no_raw_file(settings)
        show_progress(Progress("checksums"))
        require_whole(folder, manifest)
        published = loss.last_publication(settings)
        for leftover in settings.home.glob(f"{_ASIDE}*"):
            shutil.rmtree(leftover)
        aside = settings.replace(home=settings.home / f"{_ASIDE}-{os.getpid()}")
        try:
            show_progress(Progress("rows"))
            lost = _make_files(aside, folder, manifest, published)
            if lost and not is_loss_allowed:
                raise _would_lose(settings, manifest, lost)
            is_publication_restored = _restore_publication(settings, folder, manifest, published)
            are_settings_restored = _restore_settings(settings, folder, manifest)
            if damaged:
                put_aside(settings.raw_path)
            give_up(settings.build_path)
            for made, target in (
                (aside.build_path, settings.build_path),
                (aside.raw_path, settings.raw_path),
            ):
                target.parent.mkdir(mode=0o700, exist_ok=True)
                os.replace(made, target)
        finally:
            shutil.rmtree(aside.home, ignore_errors=True)
    fingerprint = settings_fingerprint(load_settings(settings.home))
    return RestoreReport(
        home=settings.home,
        backed_up_at=manifest.backed_up_at,
        batch_count=len(manifest.batches),
        row_count=sum(batch.row_count for batch in manifest.batches),
        lost=lost,
        is_publication_restored=is_publication_restored,
        are_settings_restored=are_settings_restored,
        are_settings_others=fingerprint != manifest.settings_fingerprint,
    )


def _require_no_raw_file(settings: Settings) -> bool:
    """Whether a raw file is there that holds nothing. Raises UsageError when it holds anything."""
    if is_earlier_layout(settings):
        take_over_earlier_layout(settings)
    path = settings.raw_path
    if not path.exists():
        return path.with_name(f"{path.name}.wal").exists()
    try:
        with contextlib.closing(open_raw(settings, read_only=True)) as connection:
            holds = fetch_value(connection, "select count(*) from raw.batches")
    except (WarehouseError, duckdb.Error) as error:
        if isinstance(error, LockHeld):
            raise
        return True
    if holds:
        raise UsageError(
            f"{path} is there and holds landed rows. Nothing was changed: a backup is restored into a home without a raw file. "
            "Give an empty folder with --home, or move this file aside if it is the one that is damaged or older. If only the "
            "build file is lost, `warehouse calibrate --rebuild` makes it anew."
        )
    return True


def _make_files(
    aside: Settings, folder: Path, manifest: Manifest, published: LastPublication | None
) -> tuple[str, ...]:
    """Write raw and build file of the home `aside`; returns what the publication counts and the backup does not have."""
    raw: list[StoredTable] = []
    others: list[StoredTable] = []
    for table in manifest.tables:
        (raw if table.schema_name == "raw" or table.table_name in RAW_IN_META else others).append(table)
    for path in (aside.raw_path, aside.build_path):
        path.parent.mkdir(mode=0o700, parents=True)
    with contextlib.closing(connect(aside, aside.raw_path)) as connection:
        connection.execute("create schema raw")
        for table in raw:
            name = f"raw.{quote_identifier(table.table_name)}"
            _create(connection, name, [folder / table.file], table.row_count)
        for feed in FEEDS:
            batches = [batch for batch in manifest.batches if batch.feed == feed]
            if batches:
                files = [folder / batch.file for batch in batches]
                _create(connection, f"raw.{feed}", files, sum(batch.row_count for batch in batches))
    # Adds what a later program keeps beside what the backup has.
    open_raw(aside).close()
    with contextlib.closing(open_build(aside)) as connection:
        for schema in ("meta", "audit", "changes"):
            connection.execute(f"create schema {schema}")
        for table in others:
            name = f"{table.schema_name}.{quote_identifier(table.table_name)}"
            _create(connection, name, [folder / table.file], table.row_count)
        return _take_later_history(aside, connection, published)


def _create(connection: duckdb.DuckDBPyConnection, name: str, files: list[Path], row_count: int) -> None:
    connection.execute(
        f"create table {name} as from read_parquet(?, union_by_name = true, hive_partitioning = false)",
        [[str(file) for file in files]],
    )
    found = fetch_value(connection, f"select count(*) from {name}")
    if found != row_count:
        raise WarehouseError(
            f"{files[0].parent} gives {found} rows for {name}, and {row_count} were backed up. Nothing was restored; the "
            "home is as it was. Please report it: this is a bug."
        )


def _take_later_history(
    aside: Settings, connection: duckdb.DuckDBPyConnection, published: LastPublication | None
) -> tuple[str, ...]:
    """Where the home's publication is later than the backup, its audit history is the one to go on with.

    Returns the files that it counts and the backup does not have, as `feed/name`.
    """
    if published is None or published.run_id is None:
        return ()
    attach(aside, connection, published.path, "published")
    if state.columns_of(connection, "warehouse", "audit", "runs") and fetch_value(
        connection, "select count(*) from audit.runs where run_id = ?", [published.run_id]
    ):
        return ()
    lost = fetch_rows(connection, loss.LOST)
    for table in audit.KEPT_TABLES:
        connection.execute(
            f"create or replace table audit.{quote_identifier(table)} as from published.audit.{quote_identifier(table)}"
        )
    return tuple(name for (name,) in lost)


def _restore_publication(
    settings: Settings, folder: Path, manifest: Manifest, published: LastPublication | None
) -> bool:
    """Give readers a publication where they have none: the backup's, or a later one that was kept; whether it was done."""
    stored = manifest.publication
    if stored is None or (published is not None and published.is_current):
        return False
    is_kept_later = (
        published is not None and published.as_of is not None and published.as_of > stored.as_of_at
    )
    source = published.path if published is not None and is_kept_later else folder / stored.file
    if settings.published_path.exists():
        settings.published_path.rename(_damaged_name(settings.published_path))
    settings.published_path.parent.mkdir(parents=True, exist_ok=True)
    let_readers_in(settings, settings.published_path.parent)

    def copy(path: Path) -> None:
        shutil.copyfile(source, path)
        let_readers_in(settings, path)

    write_aside(settings.published_path, copy, mode=0o640)
    return True


def _restore_settings(settings: Settings, folder: Path, manifest: Manifest) -> bool:
    """The settings, and what else people write, where the home has none; whether the settings were brought back."""
    for stored in manifest.home_files:
        if (name := Path(stored.file).name) in HOME_FILES:
            _restore_file(folder, stored, settings.home / name)
    return manifest.settings is not None and _restore_file(
        folder, manifest.settings, settings.home / FILE_NAME
    )


def _restore_file(folder: Path, stored: StoredFile, target: Path) -> bool:
    if target.exists():
        return False
    write_aside(target, lambda path: shutil.copyfile(folder / stored.file, path))
    return True


def _damaged_name(path: Path) -> Path:
    return path.with_name(f"damaged-{utc_now():%Y%m%dT%H%M%S%f}{path.suffix}")


def _would_lose(settings: Settings, manifest: Manifest, lost: tuple[str, ...]) -> WarehouseError:
    shown = ", ".join(lost[:_SHOWN_FILES]) + (", …" if len(lost) > _SHOWN_FILES else "")
    return WarehouseError(
        f"the figures in {settings.published_path} count {len(lost)} landed files that are not in the backup of "
        f"{manifest.backed_up_at:%Y-%m-%d %H:%M:%S} UTC: {shown}.\nNothing was restored; readers keep what they have. "
        "Restore from a later backup; or have these files at hand, run the command again with --allow-loss, land them "
        "(`warehouse land DIR`), and only then increment."
    )


@contextlib.contextmanager
def _home_failures(settings: Settings) -> Iterator[None]:
    """Tell what the disk or DuckDB refuse in words. Raises WarehouseError."""
    try:
        yield
    except (OSError, MemoryError, duckdb.Error) as error:
        raise WarehouseError(
            f"{settings.home} could not be restored: {said(error)}.\nIt has no raw file yet, and the backup was not changed. "
            f"{advice(error)}"
        ) from None
