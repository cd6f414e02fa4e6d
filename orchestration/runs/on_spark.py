"""Tables in a lake, computed by Spark on a branch of each; marts and audit are brought to the build file."""

import os
import uuid
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import duckdb

from ingest.foundation.clock import utc_now
from ingest.foundation.errors import WarehouseError
from ingest.foundation.settings import Settings
from ingest.foundation.sql import quote_text
from orchestration.catalogue import project
from orchestration.lake import note
from orchestration.lake.branches import Branches
from orchestration.lake.changes import drop_changes, make_changes
from orchestration.lake.handover import Handover
from orchestration.lake.landed import Landed
from orchestration.lake.note import PUBLISHED, SETTLED, WHOLE, WORKING, Note
from orchestration.lake.published import Brought
from orchestration.lake.session import lake_name, open_session, told_in_words
from orchestration.runs import dbt, state
from orchestration.runs.build_file import open_build

# How long earlier states of the lake's tables can be read, and what a run that reads them may take.
_KEPT_HISTORY = timedelta(days=7)


class OnSpark:
    """See Engine. What a run does is on a branch until it has published; a killed run's branch is given up."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._place = settings.spark_address or settings.lake_place
        self._table_format = os.environ.get("WAREHOUSE_TABLE_FORMAT", "iceberg")
        self._built: set[str] = set()
        self._spark: Any = None

    def has_tables(self, connection: duckdb.DuckDBPyConnection) -> bool:
        known = note.read(connection)
        if known is None or known.place != self._place or not known.has_tables:
            return False
        present = state.table_columns(connection)
        stated = project.model_columns(project.manifest_dict(self._settings))
        return all(
            table in present and sorted(present[table]) == sorted(columns)
            for table, columns in stated.items()
            if table[0] in ("marts", "audit") and columns is not None
        )

    def begin(self, connection: duckdb.DuckDBPyConnection, *, is_full_refresh: bool) -> None:
        """Raises WarehouseError where the lake is not the one that made the last publication."""
        with told_in_words(self._settings):
            self._begin(connection, is_full_refresh=is_full_refresh)

    def _begin(self, connection: duckdb.DuckDBPyConnection, *, is_full_refresh: bool) -> None:
        self._open()
        known = note.read(connection)
        if known is None or known.place != self._place:
            known = Note(self._place, None, None, SETTLED, is_stale=True, has_tables=False)
        if known.stage == PUBLISHED:
            known = self._forward(connection, known)
        if known.has_tables and not is_full_refresh and self._last_settled() != known.settled_branch:
            raise WarehouseError(
                f"the tables in {lake_name(self._settings)} are not those that the last publication was made from: they are "
                "an older copy, or another warehouse's. Nothing was changed; readers keep the last publication, and what "
                f"landed is safe in {self._settings.raw_path}. Name the right lake in settings.toml, or make its tables anew "
                "with `warehouse calibrate --rebuild`."
            )
        if known.stage != WHOLE:
            self._branches.give_up()
            drop_changes(self._spark)
            known = replace(
                known,
                branch=f"run_{utc_now():%Y%m%dt%H%M%S}_{uuid.uuid4().hex[:8]}",
                is_stale=known.is_stale or known.stage == WORKING,
            )
        note.write(connection, replace(known, stage=WORKING))
        with self._handover.opened():
            landed = Landed(self._spark, self._handover, connection, self._table_format)
            landed.take(partial(self._branches.forget_history, ("raw",)))

    def has_rows(self, connection: duckdb.DuckDBPyConnection, query: str) -> bool:
        with told_in_words(self._settings):
            self._work_on_branch(connection)
            return bool(self._spark.sql(query).collect())

    def make_changes(self, connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> None:
        with told_in_words(self._settings):
            self._work_on_branch(connection)
            make_changes(self._spark, manifest, self._table_format)

    def build(
        self,
        build_path: Path,
        variables: dict[str, Any],
        **options: Unpack[dbt.BuildOptions],
    ) -> list[dbt.NodeResult]:
        with open_build(self._settings) as connection:
            known = self._work_on_branch(connection)
            note.write(connection, replace(known, stage=WORKING))
        os.environ["WAREHOUSE_TABLE_FORMAT"] = self._table_format
        results = dbt.build(
            self._settings,
            build_path,
            variables,
            **options,
            target="spark",
        )
        self._built |= {result.unique_id.split(".")[-1] for result in results}
        return results

    def hand_over(self, build_path: Path) -> None:
        manifest = project.manifest_dict(self._settings)
        with (
            told_in_words(self._settings),
            open_build(self._settings, build_path) as connection,
            self._handover.opened(),
        ):
            known = self._work_on_branch(connection)
            brought = Brought(self._spark, self._handover, connection, manifest)
            brought.bring(None if known.is_stale else self._built)
            note.write(connection, replace(known, stage=WHOLE, is_stale=False))

    def settle(self, connection: duckdb.DuckDBPyConnection, *, is_anew: bool) -> None:
        with told_in_words(self._settings):
            self._open()
            known = note.read(connection)
            assert known is not None
            self._forward(connection, known)
            if is_anew:
                self._branches.forget_history(before=utc_now() - _KEPT_HISTORY)

    def _open(self) -> None:
        if self._spark is None:
            self._spark = open_session(self._settings)
            self._branches = Branches(self._spark, self._settings.spark_catalog)
            self._handover = Handover(self._spark, self._settings.handover_path)

    def _work_on_branch(self, connection: duckdb.DuckDBPyConnection) -> Note:
        self._open()
        known = note.read(connection)
        assert known is not None
        assert known.branch is not None
        self._branches.work_on(known.branch)
        return known

    def _forward(self, connection: duckdb.DuckDBPyConnection, known: Note) -> Note:
        """Let the lake's readers have what was published. Killed, it is taken up again by the next run."""
        assert known.branch is not None
        note.write(connection, replace(known, stage=PUBLISHED))
        self._branches.forward(known.branch)
        drop_changes(self._spark)
        settled = self._spark.sql(f"select {quote_text(known.branch)} as branch")
        settled.write.format(self._table_format).mode("overwrite").saveAsTable("meta.settled")
        known = Note(self._place, known.branch, None, SETTLED, is_stale=False, has_tables=True)
        note.write(connection, known)
        return known

    def _last_settled(self) -> str | None:
        tables = {row.tableName for row in self._spark.sql("show tables in meta").collect()}
        if "settled" not in tables:
            return None
        rows = self._spark.sql("select branch from meta.settled").collect()
        return str(rows[0][0]) if rows else None
