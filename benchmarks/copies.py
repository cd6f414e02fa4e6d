"""Many platforms in one landing: a size at which the simulator itself would not fit the memory of a small machine.

Every row of a simulated landing stands once for each copy, with identifiers of its own: other people, other orders. What
describes the world (rates, shipping lines) stands once, and so does traffic.
"""

from pathlib import Path

import duckdb

from ingest.foundation.fetch import fetch_rows
from ingest.foundation.sql import quote_text

_IDENTIFIERS = frozenset(
    (
        "order_id",
        "payment_id",
        "provider_txn_id",
        "refund_id",
        "settlement_id",
        "target_id",
        "tracking_number",
        "user_id",
    )
)


def write_copies(landing: Path, folder: Path, count: int) -> None:
    """Write the day folders of `landing`, each file under its name and in its format, with `count` copies of its rows."""
    for source in sorted(path for path in landing.rglob("*") if path.is_file()):
        target = folder / source.relative_to(landing)
        target.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(":memory:") as connection:
            columns, rows, options = _as_text(connection, source)
            own = _IDENTIFIERS.intersection(columns)
            values = ", ".join(
                f"{name} || '-' || copies.number as {name}" if name in own else name for name in columns
            )
            # Copies of a row lie together, as the rows of one hour do in a real export.
            copies = f"cross join range({count if own else 1}) as copies(number)"
            connection.execute(
                f"copy (select {values} from {rows} {copies}) to {quote_text(str(target))} ({options})"
            )


def _as_text(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[list[str], str, str]:
    """Of a file of the simulator: its columns, SQL of its rows as delivered, and the options that write another like it."""
    file = quote_text(str(path))
    compression = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix, "none")
    suffix = path.with_suffix("").suffix if compression != "none" else path.suffix

    def columns_of(rows: str) -> list[str]:
        return [name for name, *_ in fetch_rows(connection, f"describe from {rows}")]

    if suffix == ".parquet":
        rows = f"read_parquet({file})"
        return columns_of(rows), rows, "format parquet, compression zstd"
    if suffix == ".jsonl":
        columns = columns_of(f"read_json({file})")
        # Told what a column is, DuckDB does not take a text for an instant and write it in another form.
        kinds = ", ".join(f"{name}: 'varchar'" for name in columns)
        return (
            columns,
            f"read_json({file}, columns = {{{kinds}}})",
            f"format json, compression {compression}",
        )
    rows = f"read_csv({file}, all_varchar = true, header = true)"
    return columns_of(rows), rows, f"format csv, header, compression {compression}"
