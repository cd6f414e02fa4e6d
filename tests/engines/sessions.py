"""A session on another engine for tests: Apache Spark with Iceberg as the pipeline opens it, or Sail with Delta."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.foundation.settings import Settings
from orchestration.lake import session as lake_session
from orchestration.lake.session import SCHEMAS, close_session, open_session

# Small queries, many of them: compiling each costs more than it saves.
SMALL = {
    "spark.master": "local[2]",
    "spark.driver.memory": "2g",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def engine_here() -> str | None:
    """The engine of this environment: `spark`, `sail`, or None in the warehouse's own."""
    if importlib.util.find_spec("pysail"):
        return "sail"
    return "spark" if importlib.util.find_spec("pyspark") else None


def table_format(engine: str) -> str:
    return "delta" if engine == "sail" else "iceberg"


@contextmanager
def on_spark(engine: str, home: Path) -> Iterator[Settings]:
    """Settings of a warehouse at `home` whose tables are on the engine; its session ends with the block."""
    settings = Settings(home=home, engine="spark", full_refresh_share=1)
    if engine == "spark":
        try:
            yield settings.replace(spark_options=SMALL)
        finally:
            close_session()
        return
    with _sail() as address, _located(home / "lake"):
        try:
            yield settings.replace(spark_address=address, spark_catalog="sail")
        finally:
            close_session()


@contextmanager
def session(engine: str, folder: Path) -> Iterator[Any]:
    """A SparkSession whose tables lie below `folder`; the next `getOrCreate` of this process finds the same one."""
    with on_spark(engine, folder) as settings:
        yield open_session(settings)


@contextmanager
def _sail() -> Iterator[str]:
    """The address of a server of its own."""
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer()
    server.start()
    try:
        yield f"sc://127.0.0.1:{server.listening_address[1]}"
    finally:
        server.stop()


@contextmanager
def _located(folder: Path) -> Iterator[None]:
    """Sail's schemas need a location each, or their tables would have a relative one."""
    folder.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            lake_session, "SCHEMAS", [f"{schema} location '{folder / schema}'" for schema in SCHEMAS]
        )
        yield
