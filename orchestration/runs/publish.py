"""The public file: marts and audit, complete, written aside and renamed into place."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.foundation.readers import let_readers_in
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue import project, tables
from orchestration.runs import audit
from orchestration.runs.loss import last_run

# Written so that clients from 1.0 on can open the file.
STORAGE_VERSION = "v1.0.0"
_ASIDE = ".publishing-"


def publish(settings: Settings, build_path: Path, published_at: datetime) -> Path:
    """Copy marts and audit of `build_path` into the published file, atomically; keep the last few publications.

    A reader sees the old publication or the new one, whole, at any moment. Returns the published path.
    """
    target = settings.published_path
    previous = target.parent / "previous"
    previous.mkdir(parents=True, exist_ok=True)
    for folder in (target.parent, previous):
        let_readers_in(settings, folder)
    for leftover in (*target.parent.glob(f"{_ASIDE}*"), *previous.glob(f"{_ASIDE}*")):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    # In a folder of the owner's, so that nobody reads it, or what DuckDB writes beside it, before it is complete.
    private = target.parent / f"{_ASIDE}{os.getpid()}"
    private.mkdir(mode=0o700)
    aside = private / target.name
    manifest = project.manifest_dict(settings)
    audit_tables = (*audit.KEPT_TABLES, *tables.audit_tables(manifest))
    try:
        _write(build_path, aside, {"marts": tuple(tables.marts(manifest)), "audit": audit_tables})
        let_readers_in(settings, aside)
        _sync(aside)
        _put_in_place(settings, aside, published_at)
    finally:
        shutil.rmtree(private, ignore_errors=True)
    for old in sorted(previous.glob("warehouse-*.duckdb"))[: -settings.keep_publications]:
        old.unlink()
    return target


def require_writable(settings: Settings) -> None:
    """Raises OSError before long work where its result could not be put in place: a folder that may not be written."""
    folder = settings.published_path.parent
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()


def _put_in_place(settings: Settings, aside: Path, published_at: datetime) -> None:
    """Keep the publication that readers have among the previous ones, then rename the new one over it."""
    target = settings.published_path
    if last_run(target) is not None:
        kept = target.parent / "previous" / f"warehouse-{published_at:%Y%m%dT%H%M%S%f}.duckdb"
        kept.unlink(missing_ok=True)
        _keep(target, kept)
    elif target.exists():
        # Damaged, or no database at all: kept beside for whoever wants to know, not among the good ones.
        os.replace(target, target.with_name(f"damaged-{published_at:%Y%m%dT%H%M%S%f}"))
    os.replace(aside, target)
    _sync(target.parent)


def _write(build_path: Path, aside: Path, published: Mapping[str, Sequence[str]]) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {quote_text(str(build_path))} as build (read_only)")
        connection.execute(
            f"attach {quote_text(str(aside))} as public (storage_version {quote_text(STORAGE_VERSION)})"
        )
        for schema, names in published.items():
            connection.execute(f"create schema public.{schema}")
            for name in names:
                table = f"{schema}.{quote_identifier(name)}"
                connection.execute(f"create table public.{table} as select * from build.{table} order by all")
                _copy_comments(connection, schema, name)
        connection.execute("checkpoint public")
        connection.execute("detach public")


def _copy_comments(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    table = f"public.{schema}.{quote_identifier(name)}"
    where = "database_name = 'build' and schema_name = ? and table_name = ? and comment is not null"
    comments = connection.execute(
        f"select comment from duckdb_tables() where {where}", [schema, name]
    ).fetchall()
    for (comment,) in comments:
        connection.execute(f"comment on table {table} is {quote_text(comment)}")
    columns = connection.execute(
        f"select column_name, comment from duckdb_columns() where {where}", [schema, name]
    ).fetchall()
    for column, comment in columns:
        connection.execute(f"comment on column {table}.{quote_identifier(column)} is {quote_text(comment)}")


def _keep(target: Path, kept: Path) -> None:
    """A second name for the publication; a copy where the file system has no hard links."""
    try:
        os.link(target, kept)
    except OSError:
        aside = kept.with_name(f"{_ASIDE}{kept.name}")
        shutil.copy2(target, aside)
        shutil.chown(aside, group=target.stat().st_gid)
        os.replace(aside, kept)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
