"""What landed, in the lake: each batch of the raw file is appended to `raw.<feed>` once; the ledgers are as in the raw file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

from ingest.contract.feeds import FEEDS
from ingest.foundation.fetch import fetch_rows, fetch_value
from ingest.foundation.sql import quote_identifier, quote_text
from orchestration.lake.handover import Handover

_LEDGERS = ("meta.watermarks", "raw.revocations", "raw.batches")
# What tells a batch from one of another warehouse that has the same number; then how often something in it was erased.
_BATCHES = (
    "select batch_id, feed, first_landing_seq, content_hash, coalesce(erasure_count, 0) as erasure_count "
    "from raw.batches where rows_accepted > 0"
)


@dataclass(frozen=True)
class Landed:
    """The lake's raw tables, and the raw file attached to a connection of DuckDB."""

    spark: Any
    handover: Handover
    connection: duckdb.DuckDBPyConnection
    table_format: str

    def take(self, forget_history: Callable[[], None]) -> None:
        """Bring raw of the lake to what the raw file has; watermarks as in the build file.

        May be killed and repeated at any point: a feed's new batches are one commit, and how far it has come is read from its
        rows. Where something was erased (a person was forgotten), `forget_history` removes the earlier states of raw.
        """
        present = {row.tableName for row in self.spark.sql("show tables in raw").collect()}
        known = self._known() if "batches" in present else {}
        landed = {row[0]: tuple(row[1:]) for row in fetch_rows(self.connection, _BATCHES)}
        # The lake follows another raw file: an earlier one that is lost, or another warehouse's.
        is_foreign = any(landed.get(batch_id, ())[:3] != told[:3] for batch_id, told in known.items())
        erased = {batch_id for batch_id, told in known.items() if landed.get(batch_id) != told}
        for feed in FEEDS:
            if feed in present and not is_foreign:
                self._follow(feed, {batch_id for batch_id in erased if landed[batch_id][0] == feed})
            if feed not in present or is_foreign or not self._is_whole(feed):
                self._replace(f"raw.{feed}")
        self._replace("raw.quarantine")
        if erased:
            forget_history()
        # Last, as they say that all the above is done.
        for ledger in _LEDGERS:
            self._replace(ledger)

    def _known(self) -> dict[str, tuple[Any, ...]]:
        return {row[0]: tuple(row[1:]) for row in self.spark.sql(_BATCHES).collect()}

    def _follow(self, feed: str, erased: set[str]) -> None:
        """Write the batches anew in which something was erased, then append those that are new."""
        table = f"raw.{feed}"
        columns = self.spark.table(table).columns
        added = [name for name in FEEDS[feed].column_names if name not in columns]
        for name in added:
            self.spark.sql(f"alter table {table} add columns (`{name}` string)")
        names = ", ".join(map(quote_identifier, [*columns, *added]))
        if erased:
            among = f"_batch_id in ({', '.join(map(quote_text, sorted(erased)))})"
            rows = self.handover.to_lake(
                self.connection, f"select {names} from {table} where {among}", f"{feed}-erased"
            )
            self.spark.sql(f"delete from {table} where {among}")
            rows.write.insertInto(table)
        taken = self.spark.sql(f"select coalesce(max(_landing_seq), 0) from {table}").collect()[0][0]
        new = f"select {names} from {table} where _landing_seq > {taken}"
        if fetch_rows(self.connection, f"{new} limit 1"):
            self.handover.to_lake(self.connection, new, feed).write.insertInto(table)

    def _is_whole(self, feed: str) -> bool:
        counted = f"select count(*) from raw.{feed}"
        return bool(self.spark.sql(counted).collect()[0][0] == fetch_value(self.connection, counted))

    def _replace(self, table: str) -> None:
        frame = self.handover.to_lake(self.connection, f"select * from {table}", table)
        frame.write.format(self.table_format).mode("overwrite").saveAsTable(table)
