"""The published tables as Parquet files, for tools that cannot open a DuckDB file."""

import contextlib
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.errors import UsageError, WarehouseError
from ingest.foundation.fetch import fetch_row, fetch_rows, fetch_value
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from ingest.foundation.version import program_version
from orchestration.reading.published import open_published

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class ExportReport:
    """What was exported; `as_of_at` is UTC."""

    folder: Path
    table_count: int
    row_count: int
    byte_count: int
    as_of_at: str


def export(settings: Settings, folder: Path) -> ExportReport:
    """Write every published table to `folder`: `<schema>/<table>.parquet`, and `manifest.json` that describes them.

    All files are of one publication. The folder is made, or replaced whole if it holds an earlier export.
    Raises UsageError if it holds anything else, WarehouseError if nothing is published or the disk refuses.
    """
    folder = folder.absolute()
    if folder.exists() and not _is_replaceable(folder):
        raise UsageError(
            f"{folder} holds something that is no earlier export. Nothing was written. Give an empty or a new folder."
        )
    with contextlib.closing(open_published(settings)) as connection:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            try:
                manifest = _write(connection, aside)
                aside.chmod(0o755)
                _exchange(aside, folder)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        except (OSError, duckdb.IOException) as error:
            raise WarehouseError(
                f"{folder} could not be written: {error}. Make room or make it writable, then run the command again."
            ) from None
    tables = manifest["tables"]
    return ExportReport(
        folder,
        len(tables),
        sum(table["row_count"] for table in tables),
        sum(table["byte_count"] for table in tables),
        manifest["as_of_at"],
    )


def _is_replaceable(folder: Path) -> bool:
    """Whether the folder is empty or holds an export and nothing else."""
    if not folder.is_dir() or folder.is_symlink():
        return False
    names = {path.name for path in folder.iterdir()}
    if not names:
        return True
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return "exported_at" in manifest and names <= {MANIFEST, "marts", "audit"}
    except (OSError, ValueError, TypeError):
        return False


def _exchange(fresh: Path, folder: Path) -> None:
    """Put a finished folder in place of an earlier one, which is removed only then."""
    earlier = fresh.with_name(f"{fresh.name}-earlier")
    if folder.exists():
        folder.rename(earlier)
    fresh.rename(folder)
    shutil.rmtree(earlier, ignore_errors=True)


def _write(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Any]:
    names = fetch_rows(
        connection,
        "select schema_name, table_name, comment from duckdb_tables() where database_name = 'published' order by all",
    )
    run = fetch_row(
        connection,
        "select run_id, published_at from published.audit.runs order by published_at desc, run_id limit 1",
    )
    as_of_at = fetch_value(connection, "select max(as_of_at) from published.marts.core_periods")
    manifest = {
        "program_version": program_version(),
        "run_id": run[0] if run else None,
        "published_at": _utc(run[1]) if run else None,
        "as_of_at": _utc(as_of_at),
        "exported_at": _utc(utc_now()),
        "tables": [_write_table(connection, folder, *name) for name in names],
    }
    (folder / MANIFEST).write_text(
        json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    return manifest


def _write_table(
    connection: duckdb.DuckDBPyConnection, folder: Path, schema: str, table: str, comment: str | None
) -> dict[str, Any]:
    (folder / schema).mkdir(exist_ok=True)
    file = folder / schema / f"{table}.parquet"
    metadata = f", kv_metadata {{comment: {quote_text(comment)}}}" if comment else ""
    connection.execute(
        f"copy (from published.{schema}.{quote_identifier(table)}) to {quote_text(str(file))} "
        f"(format parquet, compression zstd{metadata})"
    )
    columns = fetch_rows(
        connection,
        "select column_name, data_type, comment from duckdb_columns() "
        "where database_name = 'published' and schema_name = ? and table_name = ? order by column_index",
        [schema, table],
    )
    return {
        "schema": schema,
        "table": table,
        "file": f"{schema}/{table}.parquet",
        "comment": comment,
        "row_count": fetch_value(
            connection, f"select count(*) from published.{schema}.{quote_identifier(table)}"
        ),
        "byte_count": file.stat().st_size,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "columns": [
            {"column": name, "type": data_type, "comment": text} for name, data_type, text in columns
        ],
    }


def _utc(instant: Any) -> str | None:
    return None if instant is None else f"{instant.isoformat()}Z"
