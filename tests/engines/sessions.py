"""A session on another engine, in this process: Apache Spark with Iceberg, or Sail with Delta, whichever this environment has."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

# What the models rely on: instants in UTC, an error for a value that does not fit, timestamps of files as instants.
_SEMANTICS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
}
_LOCAL = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.lake.type": "hadoop",
    "spark.sql.defaultCatalog": "lake",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.driver.memory": "2g",
    # The start of a validity that reaches back over all time is written as it is.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    # Small queries, many of them: compiling each costs more than it saves.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}

SCHEMAS = ("raw", "meta", "seeds", "staging", "standardised", "marts", "audit", "changes", "scratch")


def engine_here() -> str | None:
    """The engine of this environment: `spark`, `sail`, or None in the warehouse's own."""
    if importlib.util.find_spec("pysail"):
        return "sail"
    return "spark" if importlib.util.find_spec("pyspark") else None


def table_format(engine: str) -> str:
    return "delta" if engine == "sail" else "iceberg"


@contextmanager
def session(engine: str, folder: Path) -> Iterator[Any]:
    """A SparkSession whose tables lie below `folder`; the next `getOrCreate` of this process finds the same one."""
    opened = _sail(folder) if engine == "sail" else _spark(folder)
    with opened as spark:
        for key, value in _SEMANTICS.items():
            spark.conf.set(key, value)
        try:
            yield spark
        finally:
            spark.stop()


@contextmanager
def _sail(folder: Path) -> Iterator[Any]:
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    folder.mkdir(parents=True, exist_ok=True)
    server = SparkConnectServer()
    server.start()
    try:
        _, port = server.listening_address
        # Where dbt, too, finds the session.
        os.environ["SPARK_REMOTE"] = f"sc://127.0.0.1:{port}"
        spark = SparkSession.builder.getOrCreate()
        for schema in SCHEMAS:
            # Without a location its tables would have a relative one.
            spark.sql(f"create schema {schema} location '{folder / schema}'")
        yield spark
    finally:
        os.environ.pop("SPARK_REMOTE", None)
        server.stop()


@contextmanager
def _spark(folder: Path) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    jars = files("snowpark_connect_deps_iceberg") / "jars"
    (jar,) = (str(path) for path in jars.iterdir() if path.name.startswith("iceberg-spark-runtime-3.5_2.12-"))
    builder = SparkSession.builder.master("local[2]").config("spark.jars", jar)
    for key, value in {**_LOCAL, **_SEMANTICS, "spark.sql.catalog.lake.warehouse": str(folder)}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    # Iceberg logs the first look at a table that does not exist yet as an error.
    spark.sparkContext.setLogLevel("OFF")
    for schema in SCHEMAS:
        spark.sql(f"create schema {schema}")
    yield spark
