"""Branches of Iceberg: a run works on one of every table, and all move to `main` after its publication."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from ingest.foundation.clock import utc_now

# The tables that a run changes; what landed, seeds, `changes` and `scratch` are no history of anything.
SCHEMAS = ("staging", "standardised", "marts", "audit")
_AT_ONCE = 4


class Branches:
    """What is done to the branch of a run, on every table that has one. Each step may be repeated."""

    def __init__(self, spark: Any, catalog: str) -> None:
        self._spark = spark
        self._catalog = catalog

    def work_on(self, branch: str) -> None:
        """From here on the session reads the branch, where a table has it, and writes to it."""
        self._spark.conf.set("spark.wap.branch", branch)

    def leave(self) -> None:
        self._spark.conf.unset("spark.wap.branch")

    def give_up(self) -> None:
        """Drop the branches of all runs that have not published."""
        self.leave()
        for table, branches in self._branches():
            for branch in branches:
                self._spark.sql(f"alter table {table} drop branch `{branch}`")

    def forward(self, branch: str) -> None:
        """Let `main` of every table be what the branch is, and end the branch."""
        self.leave()

        def move(table: str) -> None:
            self._spark.sql(f"call {self._catalog}.system.fast_forward('{table}', 'main', '{branch}')")
            self._spark.sql(f"alter table {table} drop branch `{branch}`")

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(move, [table for table, branches in self._branches() if branch in branches]))

    def forget_history(
        self, schemas: tuple[str, ...] = (*SCHEMAS, "raw", "meta"), before: datetime | None = None
    ) -> None:
        """Remove what only earlier states of the tables need: all but the current one, or those before an instant (UTC)."""
        older = f"timestamp '{before or utc_now():%Y-%m-%d %H:%M:%S.%f}'"

        def expire(table: str) -> None:
            # Looking for files costs a job each: not where there is nothing to remove.
            earlier = f"select 1 from {table}.snapshots where committed_at < {older} limit 2"
            if len(self._spark.sql(earlier).collect()) > 1:
                self._spark.sql(
                    f"call {self._catalog}.system.expire_snapshots(table => '{table}', older_than => {older}, "
                    "retain_last => 1)"
                )

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(expire, self._tables(schemas)))

    def _branches(self) -> list[tuple[str, list[str]]]:
        """Every table with the branches of runs that it has."""

        def of(table: str) -> list[str]:
            found = self._spark.sql(f"select name from {table}.refs where name like 'run%'").collect()
            return [row.name for row in found]

        tables = list(self._tables(SCHEMAS))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(zip(tables, pool.map(of, tables), strict=True))

    def _tables(self, schemas: tuple[str, ...]) -> Iterator[str]:
        for schema in schemas:
            for row in self._spark.sql(f"show tables in {schema}").collect():
                yield f"{schema}.{row.tableName}"
