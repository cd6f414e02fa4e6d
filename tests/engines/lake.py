"""The same raw rows and the same models on another engine; every table compared with DuckDB's, cell by cell and type by type."""

import contextlib
import io
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.catalogue import project

# What is compared: all that a reader of the warehouse may build on.
COMPARED_SCHEMAS = ("standardised", "marts", "audit")
_NO_FILE = Path("/nonexistent/warehouse.duckdb")
_LEDGERS = ("batches", "quarantine", "revocations")
_TYPES = {"VARCHAR": "string", "TIMESTAMP": "timestamp"}


@dataclass
class Lake:
    """Tables of one engine, filled from the build file of a warehouse on DuckDB. `folder` is for what is handed over."""

    spark: Any
    table_format: str
    folder: Path
    landed_seq: dict[str, int] = field(default_factory=dict)
    compared_cell_count: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()

    def take_landed(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Append the rows landed since the last call to raw; take the ledgers of landings and the watermarks as they are."""
        for (feed,) in connection.execute("select feed from meta.watermarks order by feed").fetchall():
            since = self.landed_seq.get(feed, -1)
            new = f"select * from raw.{feed} where _landing_seq > {since}"
            if feed not in self.landed_seq:
                self._replace(connection, f"raw.{feed}", new)
            elif connection.execute(f"select count(*) from ({new})").fetchall()[0][0]:
                self._handed_over(connection, new).write.insertInto(f"raw.{feed}")
            self.landed_seq[feed] = connection.execute(
                f"select coalesce(max(_landing_seq), 0) from raw.{feed}"
            ).fetchall()[0][0]
        for ledger in _LEDGERS:
            self._replace(connection, f"raw.{ledger}", f"select * from raw.{ledger}")
        self._replace(connection, "meta.watermarks", "select * from meta.watermarks")

    def build(self, variables: dict[str, Any], *, full_refresh: bool) -> None:
        """Every model and data test in one dbt run, as the pipeline runs them on DuckDB."""
        from dbt.cli.main import dbtRunner

        arguments = ["--no-write-json", "build", "--target", "spark", "--vars", json.dumps(variables)]
        arguments += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure"]
        arguments += (
            ["--full-refresh"]
            if full_refresh
            else ["--exclude-resource-type", "seed", "--exclude", "tag:calibration"]
        )
        os.environ["WAREHOUSE_TABLE_FORMAT"] = self.table_format
        output = io.StringIO()
        with (
            project.dbt_environment(_NO_FILE, _NO_FILE, self.folder / "target"),
            contextlib.redirect_stdout(output),
        ):
            outcome = dbtRunner().invoke(["--log-path", str(self.folder / "logs"), *arguments])
        failed = [
            f"{result.node.name}: {result.message}"
            for result in (outcome.result or [])
            if result.status not in ("success", "pass")
        ]
        assert outcome.success, "\n\n".join(failed) or f"{outcome.exception}\n{output.getvalue()[-4000:]}"

    def forget_changes(self) -> None:
        """What a publication does: what changed is no longer pending."""
        for row in self.spark.sql("show tables in changes").collect():
            self.spark.sql(f"drop table changes.{row.tableName}")

    def differences(self, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        """By table: a few rows that only DuckDB and only the engine has, or both types of a column that has two."""
        found: dict[str, Any] = {}
        for schema, name in compared_tables(connection):
            table = f"{schema}.{quote_identifier(name)}"
            columns = connection.execute(f"describe {table}").fetchall()
            frame = self.spark.table(f"{schema}.{name}")
            types = {column: _TYPES.get(kind, kind.lower()) for column, kind, *_ in columns}
            if dict(frame.dtypes) != types:
                found[f"{schema}.{name}"] = sorted(set(frame.dtypes) ^ set(types.items()))
                continue
            path = self.folder / "compared" / schema / name
            frame.write.mode("overwrite").parquet(str(path))
            # Sail writes no file of an empty table.
            files = (
                f"read_parquet({quote_text(str(path / '**' / '*.parquet'))})"
                if any(path.rglob("*.parquet"))
                else f"(select * from {table} where false)"
            )
            taken = ", ".join(
                f"cast({quote_identifier(column)} as {kind}) as {quote_identifier(column)}"
                for column, kind, *_ in columns
            )
            sides = (f"select * from {table}", f"select {taken} from {files}")
            only_duckdb, only_engine = (
                connection.execute(f"({one}) except all ({other}) limit 3").fetchall()
                for one, other in (sides, sides[::-1])
            )
            rows = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            self.compared_cell_count += rows * len(columns)
            if only_duckdb or only_engine:
                found[f"{schema}.{name}"] = (only_duckdb, only_engine)
        return found

    def _replace(self, connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        frame = self._handed_over(connection, query)
        frame.write.format(self.table_format).mode("overwrite").saveAsTable(table)

    def _handed_over(self, connection: duckdb.DuckDBPyConnection, query: str) -> Any:
        """A data frame of the rows of a query of DuckDB, its timestamps as instants."""
        path = self.folder / "handed-over.parquet"
        connection.execute(f"copy ({query}) to {quote_text(str(path))} (format parquet)")
        frame = self.spark.read.parquet(str(path))
        for name, kind in frame.dtypes:
            if kind == "timestamp_ntz":
                frame = frame.withColumn(name, frame[name].cast("timestamp"))
        return frame


def compared_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """(schema, name) of what dbt builds in the compared schemas."""
    built = {
        (node["schema"], node["name"])
        for node in project.manifest_dict(_ANYWHERE)["nodes"].values()
        if node["resource_type"] == "model"
    }
    present = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    return sorted(table for table in built & set(present) if table[0] in COMPARED_SCHEMAS)


_ANYWHERE = Settings(home=Path("/nonexistent"))
