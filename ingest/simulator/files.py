"""Batches as files, each feed in a format of its own, as the exports of a real platform are."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import zstandard

from ingest.simulator.config import SimulatorConfig
from ingest.simulator.platform import DayBatch, simulate

DEFAULT_FORMATS: dict[str, str] = {
    "users": "csv",
    "purchase_orders": "parquet",
    "purchase_order_lines": "csv.gz",
    "forwarding_orders": "csv",
    "forwarding_boxes": "csv.zst",
    "shipping_lines": "csv",
    "service_orders": "jsonl",
    "payments": "parquet",
    "refunds": "jsonl.gz",
    "settlements": "csv",
    "fx_rates": "csv",
    "traffic_daily": "csv.gz",
}
FORMATS = ("csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "parquet")


def write_batches(
    config: SimulatorConfig, directory: Path, formats: Mapping[str, str] = DEFAULT_FORMATS
) -> list[Path]:
    """Simulates and writes `<directory>/<yyyy-mm-dd>/<feed>/<feed>_<date>.<ext>`; returns the day folders.

    `formats` gives the extension for a feed (one of `FORMATS`); feeds it does not name get their default.
    Feeds with nothing to deliver on a day have no file.
    """
    return [write_batch(batch, directory, formats) for batch in simulate(config)]


def write_batch(batch: DayBatch, directory: Path, formats: Mapping[str, str] = DEFAULT_FORMATS) -> Path:
    """Writes one day's files; returns its folder. Raises ValueError for an unknown format."""
    folder = directory / batch.business_date.isoformat()
    for feed, table in batch.feeds.items():
        extension = formats.get(feed, DEFAULT_FORMATS[feed])
        if extension not in FORMATS:
            raise ValueError(f"Unknown format {extension!r} for feed {feed}; known: {', '.join(FORMATS)}")
        if len(table):
            path = folder / feed / f"{feed}_{batch.business_date.isoformat()}.{extension}"
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(table, path, extension)
    return folder


def _write(table: pa.Table, path: Path, extension: str) -> None:
    kind, _, compression = extension.partition(".")
    if kind == "parquet":
        pyarrow.parquet.write_table(table, path, compression="zstd")
        return
    with path.open("wb") as file, _compressed(file, compression) as stream:
        _write_text(table, stream, kind)


def _compressed(file: BinaryIO, compression: str) -> AbstractContextManager[BinaryIO]:
    if compression == "gz":
        # No name and no time in the header: the same rows are the same bytes.
        return cast(
            AbstractContextManager[BinaryIO],
            gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=1, mtime=0),
        )
    if compression == "zst":
        return cast(AbstractContextManager[BinaryIO], zstandard.ZstdCompressor(level=1).stream_writer(file))
    return nullcontext(file)


def _write_text(table: pa.Table, stream: BinaryIO, kind: str) -> None:
    if kind == "csv":
        pyarrow.csv.write_csv(table, stream)
        return
    for part in table.to_batches(max_chunksize=20_000):
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in part.to_pylist()]
        stream.write(("\n".join(lines) + "\n").encode())
