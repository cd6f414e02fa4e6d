"""The public file: marts and audit, complete, written aside and renamed into place."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.foundation.database import attach_new, in_memory
from ingest.foundation.disk import sync
from ingest.foundation.fetch import fetch_row, fetch_rows
from ingest.foundation.readers import let_readers_in
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue import project, tables
from orchestration.runs import audit
from orchestration.runs.loss import last_run

# Written so that clients from 1.0 on can open the file.
STORAGE_VERSION = "v1.0.0"
_ASIDE = ".publishing-"


def publish(
    settings: Settings, build_path: Path, published_at: datetime, *, is_anew: bool = True
) -> Path | None:
    """Copy marts and audit of `build_path` into the published file, atomically; keep the last few publications.

    Not `is_anew`, the last publication is copied and what differs is replaced in it, which leaves free space in the file. A
    reader sees the old publication or the new one, whole, at any moment. Returns where what stood there is kept, if it could
    not be read.
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
        earlier = target if last_run(target) is not None else None
        named = {"marts": tuple(tables.marts(manifest)), "audit": audit_tables}
        _write(settings, build_path, aside, named, earlier, is_anew=is_anew or earlier is None)
        let_readers_in(settings, aside)
        sync(aside)
        damaged = _put_in_place(settings, aside, published_at)
    finally:
        shutil.rmtree(private, ignore_errors=True)
    for old in sorted(previous.glob("warehouse-*.duckdb"))[: -settings.keep_publications]:
        old.unlink()
    return damaged


def require_writable(settings: Settings) -> None:
    """Raises OSError before long work where its result could not be put in place: a folder that may not be written."""
    folder = settings.published_path.parent
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()


def _put_in_place(settings: Settings, aside: Path, published_at: datetime) -> Path | None:
    """Keep the publication that readers have among the previous ones, then rename the new one over it.

    Returns the name under which a file that is no publication is kept.
    """
    target, damaged = settings.published_path, None
    if last_run(target) is not None:
        kept = target.parent / "previous" / f"warehouse-{published_at:%Y%m%dT%H%M%S%f}.duckdb"
        kept.unlink(missing_ok=True)
        _keep(target, kept)
    elif target.exists():
        # Damaged, or no database at all: kept beside for whoever wants to know, not among the good ones.
        damaged = target.with_name(f"damaged-{published_at:%Y%m%dT%H%M%S%f}")
        os.replace(target, damaged)
    os.replace(aside, target)
    sync(target.parent)
    return damaged


def _write(
    settings: Settings,
    build_path: Path,
    aside: Path,
    published: Mapping[str, Sequence[str]],
    earlier: Path | None,
    *,
    is_anew: bool,
) -> None:
    """Write the tables to `aside`; those that are as in the file `earlier` are taken over from it.

    Not `is_anew`, `aside` is a copy of `earlier` in which only the others are replaced: as fast as the change is small.
    """
    if earlier is not None and not is_anew:
        shutil.copyfile(earlier, aside)
    with in_memory(settings) as connection:
        connection.execute(f"attach {quote_text(str(build_path))} as build (read_only)")
        if aside.exists():
            connection.execute(f"attach {quote_text(str(aside))} as public")
        else:
            attach_new(connection, aside, "public", storage_version=STORAGE_VERSION)
        if earlier is not None:
            connection.execute(f"attach {quote_text(str(earlier))} as earlier (read_only)")
        # One transaction: each of its own would be written to disk by itself.
        connection.execute("begin")
        for schema, names in published.items():
            connection.execute(f"create schema if not exists public.{schema}")
            gone = _described(connection, "public", schema).keys() - names
            for name in gone:
                connection.execute(f"drop table public.{schema}.{quote_identifier(name)}")
            built, known = _described(connection, "build", schema), _described(connection, "earlier", schema)
            for name in names:
                table = f"{schema}.{quote_identifier(name)}"
                is_equal = built[name] == known.get(name) and _is_equal(connection, table)
                if is_equal and not is_anew:
                    continue
                rows = f"from earlier.{table}" if is_equal else f"from build.{table} order by all"
                connection.execute(f"create or replace table public.{table} as {rows}")
                _comment(connection, table, built[name])
        connection.execute("commit")
        connection.execute("checkpoint public")
        connection.execute("detach public")


# Of one table: its comment, and per column in order its type and comment.
_Description = tuple[str | None, tuple[tuple[str, str, str | None], ...]]


def _described(connection: duckdb.DuckDBPyConnection, database: str, schema: str) -> dict[str, _Description]:
    """The tables of a schema by name."""
    where = f"where database_name = {quote_text(database)} and schema_name = {quote_text(schema)}"
    columns: dict[str, list[tuple[str, str, str | None]]] = {}
    for table, _, name, data_type, comment in fetch_rows(
        connection,
        "select table_name, column_index, column_name, data_type, comment from duckdb_columns() "
        f"{where} order by table_name, column_index",
    ):
        columns.setdefault(table, []).append((name, data_type, comment))
    tables_found = fetch_rows(connection, f"select table_name, comment from duckdb_tables() {where}")
    return {table: (comment, tuple(columns[table])) for table, comment in tables_found}


def _is_equal(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a table has the same rows in both files, in whatever order."""
    prints = [
        fetch_row(connection, f"select count(*), bit_xor(hash(t)), sum(hash(t)) from {side}.{table} as t")
        for side in ("build", "earlier")
    ]
    return prints[0] == prints[1]


def _comment(connection: duckdb.DuckDBPyConnection, table: str, described: _Description) -> None:
    comment, columns = described
    if comment is not None:
        connection.execute(f"comment on table public.{table} is {quote_text(comment)}")
    for column, _, text in columns:
        if text is not None:
            connection.execute(
                f"comment on column public.{table}.{quote_identifier(column)} is {quote_text(text)}"
            )


def _keep(target: Path, kept: Path) -> None:
    """A second name for the publication; a copy where the file system has no hard links."""
    try:
        os.link(target, kept)
    except OSError:
        aside = kept.with_name(f"{_ASIDE}{kept.name}")
        shutil.copy2(target, aside)
        shutil.chown(aside, group=target.stat().st_gid)
        os.replace(aside, kept)
