"""Landing folders: which files are to land, in which order, and landing all of them."""

import os
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.errors import RejectedFile, UnfinishedFile, UsageError, WarehouseError
from ingest.foundation.faults import advice, said
from ingest.foundation.lock import writer_lock
from ingest.foundation.progress import Progress, ShowProgress, show_nothing
from ingest.foundation.settings import Settings
from ingest.foundation.shown import shown_name
from ingest.land.landing import land_file, stage_for
from ingest.land.report import ALREADY_LANDED, LEFT, NEW, BatchReport, LandingReport
from ingest.raw.batches import REJECTED, batch_of_content
from ingest.raw.raw_file import has_raw, open_raw
from ingest.read.names import is_temporary_name, kind_of

# Folders of landing folders (years, months, days …) are looked into this deep.
MAX_DEPTH = 20
_KNOWN = ", ".join(FEEDS)


@dataclass
class Entries:
    """(feed, file) in landing order below `root`; files and folders that cannot even be looked at; and what is left
    alone."""

    root: Path
    files: list[tuple[str, Path]] = field(default_factory=list)
    unreadable: list[BatchReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def land_path(
    settings: Settings,
    path: Path | str,
    *,
    source_time_zone: str | None = None,
    landed_at: datetime | None = None,
    show_progress: ShowProgress = show_nothing,
) -> LandingReport:
    """Lands every new file below `path`: `<path>/<feed>/<any name>.<ext>`, feeds in contract order, names
    sorted.

    Folders of such landing folders (one a day, say) are landed one after the other, sorted by name. A single feed
    folder or file `<feed>/<name>` may be given too. `source_time_zone` is the zone of naive timestamps
    (default: the setting). Holds the writer lock. A rejected file does not stop the others. `show_progress` is
    called before each file. Raises UsageError if `path` does not exist, WarehouseError if the warehouse cannot be
    written.
    """
    path = _existing(path)
    with writer_lock(settings, f"land {path}"), closing(open_raw(settings)) as connection:
        entries = find_entries(path)
        batches = []
        for number, (feed, file) in enumerate(entries.files, start=1):
            show_progress(Progress("landing", number, len(entries.files), f"{feed}/{shown_name(file.name)}"))
            try:
                batches.append(
                    land_file(
                        connection,
                        settings,
                        feed,
                        file,
                        root=entries.root,
                        source_time_zone=source_time_zone,
                        landed_at=landed_at,
                    )
                )
            except (duckdb.Error, OSError, MemoryError) as error:
                raise WarehouseError(
                    f"{feed}/{shown_name(file.name)}: the warehouse could not be written ({said(error)}). Nothing of this "
                    f"file landed; the {number - 1} before it are safe. {advice(error)}"
                ) from error
        return LandingReport((*batches, *entries.unreadable), tuple(entries.notes))


def preview_path(settings: Settings, path: Path | str) -> LandingReport:
    """What `land_path` would do, file by file, without landing anything and without the writer lock.

    `new` files would be read (their rows are not looked at), `already_landed` ones skipped; formats and files that
    cannot be opened are `rejected` as they would be. Raises as `land_path` does.
    """
    path = _existing(path)
    entries = find_entries(path)
    batches = []
    if not has_raw(settings):
        with tempfile.TemporaryDirectory() as folder:
            for feed, file in entries.files:
                batches.append(_preview(None, feed, file, entries.root, Path(folder)))
    else:
        with (
            closing(open_raw(settings, read_only=True)) as connection,
            tempfile.TemporaryDirectory() as folder,
        ):
            for feed, file in entries.files:
                batches.append(_preview(connection, feed, file, entries.root, Path(folder)))
    return LandingReport((*batches, *entries.unreadable), tuple(entries.notes))


def _preview(
    connection: duckdb.DuckDBPyConnection | None, feed: str, file: Path, root: Path, folder: Path
) -> BatchReport:
    name, kind = shown_name(file.name), kind_of(file.name) or "unknown"
    try:
        content = stage_for(FEEDS[feed], file, root, folder)
    except UnfinishedFile as reason:
        return BatchReport(feed, name, kind, LEFT, message=str(reason))
    except RejectedFile as rejection:
        return BatchReport(feed, name, kind, REJECTED, message=f"{rejection.code}: {rejection}.")
    earlier = connection and batch_of_content(connection, feed, content.content_hash)
    if earlier:
        return BatchReport(feed, name, kind, ALREADY_LANDED, message=f"batch {earlier}")
    return BatchReport(feed, name, kind, NEW, byte_count=content.byte_count)


def _existing(path: Path | str) -> Path:
    path = Path(path).absolute()
    if not os.path.lexists(path):
        raise UsageError(
            f"{path} does not exist. Nothing was landed. Give the folder that holds the feed folders."
        )
    return path


def find_entries(path: Path) -> Entries:
    """What lies at `path`: a landing folder, a folder of such, one feed's folder or one file of a feed."""
    if not _is_folder(path):
        if path.parent.name not in FEEDS:
            raise UsageError(
                f"{path} is not in a folder named for a feed. Nothing was landed. "
                f"Move it to a folder named one of: {_KNOWN}."
            )
        return Entries(path.parent.parent, [(path.parent.name, path)])
    folders, closed = _landing_folders(path)
    if path.name in FEEDS and not folders:
        entries = Entries(path.parent)
        _add_files(entries, path.name, path, place="")
        return entries
    entries = Entries(path)
    for folder in closed:
        _add_closed_folder(entries, "/".join(map(shown_name, folder.relative_to(path).parts)) or ".")
    # The landing folders, and what leads to them: strays there are told too.
    way = {path, *folders}
    for folder in folders:
        way.update(parent for parent in folder.parents if parent.is_relative_to(path))
    for folder in sorted(way, key=lambda folder: folder.relative_to(path).parts):
        _add_landing_folder(
            entries, folder, way, "".join(f"{shown_name(p)}/" for p in folder.relative_to(path).parts)
        )
    return entries


def _landing_folders(root: Path) -> tuple[list[Path], list[Path]]:
    """Folders at or below `root` that hold a folder named for a feed, and those that this account may not look into.

    Links are not followed.
    """
    found: list[Path] = []
    closed: list[Path] = []
    pending = [(root, 0)]
    while pending:
        folder, depth = pending.pop()
        if _is_closed(folder):
            closed.append(folder)
            continue
        names = _names(folder)
        if any(name in FEEDS and _is_folder(folder / name) for name in names):
            found.append(folder)
        if depth < MAX_DEPTH:
            pending += [
                (folder / name, depth + 1)
                for name in names
                if name not in FEEDS
                and not is_temporary_name(name)
                and name != "lost+found"  # the file system's own
                and _is_folder(folder / name)
                and not (folder / name).is_symlink()
            ]
    return found, closed


def _names(folder: Path) -> list[str]:
    """The names in a folder, sorted; none if it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _is_folder(path: Path) -> bool:
    """Whether it is a folder that may be asked what it is; `Path.is_dir` raises where it may not."""
    return os.path.isdir(path)


def _is_closed(folder: Path) -> bool:
    """Whether this account may not list a folder or not reach what is in it."""
    return not os.access(folder, os.R_OK | os.X_OK, effective_ids=True)


def _add_landing_folder(entries: Entries, root: Path, way: set[Path], place: str) -> None:
    for name in _names(root):
        if name in FEEDS or is_temporary_name(name) or root / name in way:
            continue
        shown = f"{place}{shown_name(name)}"
        if _is_folder(root / name):
            entries.notes.append(f"{shown}/: unknown feed, left alone. Feeds are: {_KNOWN}.")
        else:
            entries.notes.append(
                f"{shown}: not in a feed folder, left alone. Move it to a folder named one of: {_KNOWN}."
            )
    for feed in FEEDS:
        folder = root / feed
        if _is_folder(folder):
            _add_files(entries, feed, folder, place)
        elif os.path.lexists(folder):
            entries.notes.append(f"{place}{feed}: named like a feed but not a folder, left alone.")


def _add_files(entries: Entries, feed: str, folder: Path, place: str) -> None:
    if _is_closed(folder):
        _add_closed_folder(entries, feed, place)
        return
    for name in _names(folder):
        file = folder / name
        if is_temporary_name(name):
            entries.notes.append(f"{place}{feed}/{shown_name(name)}: hidden or temporary, left alone.")
        elif _is_folder(file) and kind_of(name) is None:
            entries.notes.append(
                f"{place}{feed}/{shown_name(name)}/: a folder inside a feed folder, left alone."
            )
        else:
            entries.files.append((feed, file))


def _add_closed_folder(entries: Entries, name: str, place: str = "") -> None:
    message = "unreadable_file: this account may not look into the folder; make it readable."
    entries.unreadable.append(BatchReport(name, f"{place}(folder)", "unknown", REJECTED, message=message))
