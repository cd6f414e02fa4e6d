"""Rows between DuckDB and the lake, as Parquet files in a folder that both see."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.sql import quote_identifier, quote_text


@dataclass(frozen=True)
class Handover:
    """The folder. What lies in it belongs to one run and is gone with it."""

    spark: Any
    folder: Path

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Make the folder, for the owner's eyes only, and empty it in the end."""
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise WarehouseError(
                f"{self.folder} cannot be used to hand rows to Spark ({error.strerror}). Nothing was changed. Correct "
                "handover_dir."
            ) from None
        try:
            yield
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def to_lake(self, connection: duckdb.DuckDBPyConnection, query: str, name: str) -> Any:
        """A data frame of the rows of a query of DuckDB, its timestamps as instants; text without a length."""
        path = self.folder / "out" / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        connection.execute(f"copy ({query}) to {quote_text(str(path))} (format parquet)")
        frame = self.spark.read.parquet(str(path))
        for column, kind in frame.dtypes:
            if kind == "timestamp_ntz":
                frame = frame.withColumn(column, frame[column].cast("timestamp"))
        return frame

    def to_duckdb(self, query: str, name: str) -> str | None:
        """SQL of DuckDB that reads the rows of a query of the lake; None where there are none."""
        path = self.folder / "in" / name
        # A cluster may run as another account, whose new folders this one must be able to read.
        os.makedirs(path.parent, exist_ok=True)
        self.spark.sql(query).write.mode("overwrite").parquet(str(path))
        if not any(path.rglob("*.parquet")):
            return None
        return f"read_parquet({quote_text(str(path / '**' / '*.parquet'))})"


def as_declared(columns: dict[str, str], relation: str) -> str:
    """SQL of DuckDB: the rows of a relation with the named columns in this order, each of its type."""
    taken = ", ".join(
        f"cast({quote_identifier(name)} as {kind}) as {quote_identifier(name)}"
        for name, kind in columns.items()
    )
    return f"select {taken} from {relation}"
