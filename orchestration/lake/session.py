"""The session on Apache Spark: in this process, or on a Spark Connect server."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.errors import WarehouseError
from ingest.foundation.faults import first_line
from ingest.foundation.settings import Settings

SCHEMAS = ("raw", "meta", "seeds", "staging", "standardised", "marts", "audit", "changes", "scratch")

# What the models rely on: instants in UTC, an error for a value that does not fit, timestamps of files as instants.
_SEMANTICS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    # The start of a validity that reaches back over all time is written as it is.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
}
_LOCAL = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.driver.memory": "3g",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_INSTALL = (
    "In a copy of the sources, `.ci/engine-environment spark` makes an environment (.venv-spark) that has it"
)

# Spark has one session a process.
_opened: dict[str, Any] = {}


def open_session(settings: Settings) -> Any:
    """The SparkSession of the lake of `settings`; the next `getOrCreate` of this process, dbt's, finds the same one.

    Stays open until the process ends or another lake is opened. Raises WarehouseError where Spark's packages or Java are
    missing, or where the server does not answer.
    """
    wanted = _identity(settings)
    if _opened.get("identity") == wanted:
        return _opened["session"]
    close_session()
    _require_packages(settings)
    try:
        session = _connected(settings) if settings.spark_address else _in_this_process(settings)
        for key, value in _SEMANTICS.items():
            session.conf.set(key, value)
        # One catalog for all that follows: dbt and the pipeline name tables by schema.
        session.catalog.setCurrentCatalog(settings.spark_catalog)
        for schema in SCHEMAS:
            session.sql(f"create schema if not exists {schema}")
    except OSError:
        close_session()
        raise
    except Exception as error:
        close_session()
        raise _no_session(settings, error) from None
    _keep_ansi()
    _opened.update(identity=wanted, session=session)
    return session


@contextmanager
def told_in_words(settings: Settings) -> Iterator[None]:
    """Tell what Spark refuses as a WarehouseError."""
    try:
        yield
    except (WarehouseError, duckdb.Error, OSError):
        raise
    except Exception as error:
        # Whatever class it is: Java's, gRPC's or PySpark's.
        if not type(error).__module__.startswith(("py4j", "pyspark", "grpc")):
            raise
        raise WarehouseError(
            f"Spark refused ({first_line(error)}) while it worked on {lake_name(settings)}. What was published stands, and "
            "what this run had not published is not seen by anybody. Correct the cause and run again: the next run takes up "
            "what this one left."
        ) from None


def lake_name(settings: Settings) -> str:
    """Where the tables are, as a message may say it: an address may hold a token."""
    return (
        f"the catalog {settings.spark_catalog} of spark_address"
        if settings.spark_address
        else settings.lake_place
    )


def close_session() -> None:
    """End the session of this process, if there is one."""
    session = _opened.pop("session", None)
    _opened.clear()
    os.environ.pop("SPARK_REMOTE", None)
    if session is not None:
        session.stop()


def _identity(settings: Settings) -> tuple[object, ...]:
    return (
        settings.spark_address or settings.lake_place,
        settings.spark_catalog,
        *sorted(settings.spark_options.items()),
    )


def _require_packages(settings: Settings) -> None:
    if not (importlib.util.find_spec("pyspark") and importlib.util.find_spec("dbt.adapters.spark")):
        raise WarehouseError(
            'engine = "spark" needs the packages of requirements-spark.lock, and this environment does not have them. Nothing '
            f"was changed. {_INSTALL}."
        )
    if settings.spark_address:
        if not importlib.util.find_spec("grpc_status"):
            raise WarehouseError(
                "spark_address needs the package grpcio-status, and this environment does not have it. Nothing was changed. "
                f"{_INSTALL}."
            )
    elif not _has_java():
        raise WarehouseError(
            'engine = "spark" without spark_address runs Spark in this process, which needs Java 17, and there is none. Nothing '
            "was changed. On Debian: `apt-get install openjdk-17-jre-headless`; or give spark_address."
        )


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java") or (home and (Path(home) / "bin" / "java").exists()))


def _in_this_process(settings: Settings) -> Any:
    from pyspark.sql import SparkSession

    if "://" not in settings.lake_place:
        # Raw rows hold personal data: for the owner's eyes only.
        Path(settings.lake_place).mkdir(parents=True, exist_ok=True, mode=0o700)
    catalog = f"spark.sql.catalog.{settings.spark_catalog}"
    options = {
        **_LOCAL,
        "spark.jars": str(_iceberg_jar()),
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": "hadoop",
        f"{catalog}.warehouse": settings.lake_place,
        # Spilled rows are for the owner's eyes, too, and no folder appears where the command is started.
        "spark.local.dir": str(settings.build_path.parent / "spill"),
        "spark.sql.warehouse.dir": str(settings.handover_path / "unused"),
        **_SEMANTICS,
        **settings.spark_options,
    }
    builder = SparkSession.builder.master(options.pop("spark.master", "local[*]"))
    for key, value in options.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    # Iceberg logs the first look at a table that does not exist yet as an error.
    session.sparkContext.setLogLevel("OFF")
    return session


def _connected(settings: Settings) -> Any:
    from pyspark.sql import SparkSession

    assert settings.spark_address is not None
    # Where dbt, too, finds the session.
    os.environ["SPARK_REMOTE"] = settings.spark_address
    session = SparkSession.builder.remote(settings.spark_address).getOrCreate()
    for key, value in settings.spark_options.items():
        session.conf.set(key, value)
    return session


def _iceberg_jar() -> Path:
    jars = files("snowpark_connect_deps_iceberg") / "jars"
    (jar,) = (
        Path(str(path)) for path in jars.iterdir() if path.name.startswith("iceberg-spark-runtime-3.5_2.12-")
    )
    return jar


def _keep_ansi() -> None:
    """Let dbt leave the session as it is: its adapter turns ANSI mode off, by which a value that does not fit becomes NULL."""
    from dbt.adapters.spark.session import Cursor

    def init(self: Any, *, server_side_parameters: dict[str, Any] | None = None) -> None:
        self._df = None
        self._rows = None
        self.server_side_parameters = {}

    Cursor.__init__ = init


def _no_session(settings: Settings, error: Exception) -> WarehouseError:
    where = "the Spark Connect server of spark_address" if settings.spark_address else "Spark in this process"
    return WarehouseError(
        f"no session could be opened on {where}, with the catalog {settings.spark_catalog}: {first_line(error)}. Nothing was "
        "changed; readers keep the last publication. Correct the settings spark_address, spark_catalog, spark_options or "
        "lake_dir, or start the server, and run again."
    )
