"""Whether a home is sound: its files, rights, lock, versions and settings, each with what to do where it is not."""

import grp
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.faults import said
from ingest.foundation.fetch import fetch_rows
from ingest.foundation.lock import lock_holder
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from ingest.foundation.version import program_version
from ingest.raw.earlier_layout import is_earlier_layout
from ingest.raw.raw_file import open_raw
from orchestration.reading.landed import describe_holder
from orchestration.reading.published import in_memory
from orchestration.runs import loss
from orchestration.runs.build_file import open_build

# Less room than this many times the build file, and a calibration, which writes another, may find the disk full.
_ROOM = 2
_REBUILD = "`warehouse calibrate --rebuild` makes it anew from what landed"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `to_do` is empty where all is well, or where nothing need be done."""

    subject: str
    is_good: bool
    found: str
    to_do: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Everything that was looked at, in the order in which a home is built. Changes nothing.

    Reads every table of every file to its end, so that DuckDB compares the checksum of each block. While a run holds the
    build file, what is in it is not looked at.
    """
    if not settings.home.is_dir():
        to_do = "name the warehouse's folder with --home, or begin one with `warehouse init`"
        return [Finding("home", False, f"{settings.home} does not exist", to_do)]
    return [
        _home(settings),
        _room(settings),
        _lock(settings),
        *_private_files(settings),
        *_publications(settings),
        *_leftovers(settings),
        *_backup(settings),
    ]


def _home(settings: Settings) -> Finding:
    folders = (settings.home, settings.raw_path.parent, settings.build_path.parent)
    wrong = [path for path in folders if path.exists() and not _is_ours(path)]
    if wrong:
        to_do = f"run as the account that owns it (uid {wrong[0].stat().st_uid}), or give it to this one"
        return Finding("home", False, f"{wrong[0]} may not be written by this account", to_do)
    for folder in folders[1:]:
        if folder.exists() and folder.stat().st_mode & 0o077:
            found = f"{folder} is open to others, and what landed holds personal data"
            return Finding("home", False, found, f"chmod 700 {folder}")
    return Finding("home", True, f"{settings.home}, of this account, raw rows for its eyes only")


def _is_ours(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK | os.X_OK, effective_ids=True)


def _room(settings: Settings) -> Finding:
    disk = os.statvfs(settings.home)
    free = disk.f_bavail * disk.f_frsize
    needed = _ROOM * _size(settings.build_path)
    found = f"{free / 1e9:.1f} GB free, a calibration may need {needed / 1e9:.1f} GB"
    return Finding("disk", free > needed, found, "" if free > needed else "make room")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _lock(settings: Settings) -> Finding:
    holder = lock_holder(settings)
    if holder is None:
        return Finding("lock", True, "free")
    return Finding("lock", True, f"held by {describe_holder(holder, ZoneInfo(settings.business_time_zone))}")


def _private_files(settings: Settings) -> Iterator[Finding]:
    if lock_holder(settings) is not None:
        yield Finding("raw and build file", True, "not looked into while a run holds the lock")
        return
    if is_earlier_layout(settings) and (settings.raw_path.exists() or _holds_raw_rows(settings.build_path)):
        found = (
            "raw rows are in the build file, where an earlier version kept them; the next command moves them"
        )
        yield Finding("raw file", True, found)
        return
    published = loss.last_publication(settings)
    raw, build = settings.raw_path, settings.build_path
    if not raw.exists():
        is_new = published is None and not build.exists()
        found = f"{raw} does not exist"
        yield Finding("raw file", is_new, found, "" if is_new else "`warehouse restore DIR` from a backup")
        return
    to_do = "move it aside, then `warehouse restore DIR` from a backup and `warehouse increment`"
    if unreadable := _unreadable("raw file", raw, to_do):
        yield unreadable
        return
    yield Finding("raw file", True, f"{raw}: every block is as written")
    yield from _rate_sources(settings)
    if not build.exists():
        yield Finding(
            "build file", published is None, f"{build} does not exist", _REBUILD if published else ""
        )
    elif unreadable := _unreadable("build file", build, _REBUILD):
        yield unreadable
    else:
        yield _made_publication(settings, published)


def _unreadable(subject: str, path: Path, to_do: str) -> Finding | None:
    """What keeps a file from being read to its end. `to_do` is for a damaged one."""
    try:
        found = loss.damage(path)
    except WarehouseError as error:
        return Finding(subject, False, f"{path} could not be looked into", str(error))
    return Finding(subject, False, f"{path} is damaged ({found})", to_do) if found else None


def _holds_raw_rows(build: Path) -> bool:
    try:
        with closing(in_memory()) as connection:
            connection.execute(f"attach {quote_text(str(build))} as build (read_only)")
            tables = "select 1 from duckdb_tables() where database_name = 'build' and schema_name = 'raw'"
            return bool(fetch_rows(connection, tables))
    except duckdb.Error:
        return False


def _made_publication(settings: Settings, published: loss.LastPublication | None) -> Finding:
    try:
        with closing(open_build(settings, read_only=True, wait_seconds=0)) as connection:
            loss.require_own_publication(settings, connection, published)
    except WarehouseError as error:
        what, _, to_do = str(error).partition("\n")
        return Finding("build file", False, what.split(". ")[0], to_do)
    return Finding("build file", True, f"{settings.build_path}: every block is as written")


def _rate_sources(settings: Settings) -> Iterator[Finding]:
    with closing(open_raw(settings, read_only=True, wait_seconds=0)) as connection:
        rows = fetch_rows(connection, "select distinct lower(rate_source) from raw.fx_rates")
    landed = {source for (source,) in rows}
    for key in ("official_rate_source", "fallback_rate_source"):
        named = getattr(settings, key)
        if named and landed and named.lower() not in landed:
            yield Finding(
                "settings",
                False,
                f"{key} is {named}, of which nothing has landed; landed are {', '.join(sorted(landed))}",
                f"set {key} to one of them, or land rates of {named}",
            )


def _publications(settings: Settings) -> Iterator[Finding]:
    path = settings.published_path
    if not path.exists():
        has_earlier = any((path.parent / "previous").glob("warehouse-*.duckdb"))
        yield Finding(
            "publication",
            not has_earlier,
            f"{path} does not exist" if has_earlier else "nothing is published yet",
            "`warehouse increment` publishes anew" if has_earlier else "",
        )
        return
    to_do = "move it aside; readers have earlier ones in previous/; `warehouse increment` publishes anew"
    if unreadable := _unreadable("publication", path, to_do):
        yield unreadable
    else:
        yield Finding("publication", True, f"{path}: every block is as written")
        yield _version(path)
    for kept in sorted((path.parent / "previous").glob("warehouse-*.duckdb")):
        if unreadable := _unreadable("earlier publication", kept, "remove it; nothing reads it"):
            yield unreadable
    yield _readers(settings, path)


def _version(path: Path) -> Finding:
    try:
        with closing(in_memory()) as connection:
            connection.execute(f"attach {quote_text(str(path))} as published (read_only)")
            ((version,),) = fetch_rows(
                connection, "select max_by(program_version, published_at) from published.audit.runs"
            )
    except duckdb.Error as error:
        return Finding(
            "version", False, f"the publication does not say its version ({said(error)})", _PUBLISH
        )
    if version == program_version():
        return Finding("version", True, f"{version}, DuckDB {duckdb.__version__}")
    return Finding(
        "version", True, f"{program_version()}; {version} published last. The next run rebuilds if it must"
    )


_PUBLISH = "`warehouse increment` publishes anew"


def _readers(settings: Settings, path: Path) -> Finding:
    status = path.stat()
    if status.st_mode & stat.S_IRWXO:
        return Finding("readers", False, f"everyone on this machine may read {path}", _PUBLISH)
    if settings.reader_group is None:
        return Finding("readers", True, "the owner; reader_group names no group")
    try:
        group = grp.getgrnam(settings.reader_group)
    except KeyError:
        found = f"reader_group {settings.reader_group} is no group of this machine"
        return Finding("readers", False, found, "make the group, or correct the setting")
    if status.st_gid != group.gr_gid:
        return Finding("readers", False, f"{path} is not of the group {group.gr_name} yet", _PUBLISH)
    closed = [one for one in (settings.home, *settings.home.parents) if not _lets_through(one, group.gr_gid)]
    if closed:
        found = f"{closed[0]} does not let the group {group.gr_name} through to the published file"
        return Finding("readers", False, found, f"chgrp {group.gr_name} {closed[0]} && chmod g+x {closed[0]}")
    return Finding("readers", True, f"the owner and the group {group.gr_name}")


def _lets_through(folder: Path, gid: int) -> bool:
    status = folder.stat()
    mine = stat.S_IXGRP if status.st_gid == gid else stat.S_IXOTH
    return bool(status.st_mode & mine)


def _leftovers(settings: Settings) -> Iterator[Finding]:
    damaged = [
        *settings.build_path.parent.glob("damaged-*"),
        *settings.published_path.parent.glob("damaged-*"),
    ]
    if damaged:
        found = f"{len(damaged)} damaged files were put aside, {damaged[0]} first"
        yield Finding("leftovers", True, found, "remove them when nobody wants to know any more")


def _backup(settings: Settings) -> Iterator[Finding]:
    folder = settings.backup_dir
    if folder is None:
        yield Finding("backup", True, "backup_dir names no folder: what landed is in the raw file only")
    elif not folder.is_dir() or not _is_ours(folder):
        yield Finding(
            "backup",
            False,
            f"{folder} does not exist or may not be written",
            "make it, or connect its disk",
        )
    else:
        yield Finding("backup", True, str(folder))
